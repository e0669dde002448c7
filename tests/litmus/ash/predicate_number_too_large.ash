# expect: PRD004 at 4:15
predicate p {
    word a: u32 = kernel pending
    when a == 0x100000000
}
