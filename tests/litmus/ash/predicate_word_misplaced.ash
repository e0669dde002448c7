# expect: PRD005 at 2:11
predicate p {
    word a: u32 = page 0 @ 2
    when a == 1
}
