# expect: accepted
predicate p {
    word a: u32 = kernel pending
    when not (a in {1, 3..5}) tag 9
}
