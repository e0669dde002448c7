# expect: PRD005 at 2:11
predicate p {
    word a: u64 = page 0 @ 4096
    when a == 1
}
