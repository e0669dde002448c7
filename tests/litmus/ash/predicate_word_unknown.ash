# expect: ASH010 at 4:10
predicate p {
    word a: u32 = kernel pending
    when b == 1
}
