# expect: ASH070 at 4:10
predicate p {
    word a: u32 = kernel pending
    when a
}
