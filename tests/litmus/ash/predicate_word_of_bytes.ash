# expect: ASH020 at 3:10
predicate p {
    word a: u16 = kernel pending
    when a == 1
}
