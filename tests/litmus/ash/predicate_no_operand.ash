# expect: PRD001 at 4:15
predicate p {
    word a: u32 = kernel pending
    postfix { == }
}
