# expect: ASH016 at 4:10
predicate p {
    word a: u32 = kernel pending
    when a + 1 == 1
}
