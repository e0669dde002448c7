# expect: PRD001 at 4:17
predicate p {
    word a: u32 = kernel pending
    postfix { a == }
}
