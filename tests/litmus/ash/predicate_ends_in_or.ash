# expect: PRD003 at 2:11
predicate p {
    word a: u32 = kernel pending
    postfix { a 0 == or }
}
