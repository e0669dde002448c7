# expect: PRD004 at 4:21
predicate p {
    word a: u32 = kernel pending
    when a == 1 tag 0x100000000
}
