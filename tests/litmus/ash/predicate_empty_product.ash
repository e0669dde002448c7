# expect: PRD003 at 4:25
predicate p {
    word a: u32 = kernel pending
    postfix { a 0 == or or a 1 == }
}
