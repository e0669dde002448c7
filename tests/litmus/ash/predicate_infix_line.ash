# expect: ASH003 at 4:5
predicate p {
    word a: u32 = kernel pending
    a == 1
}
