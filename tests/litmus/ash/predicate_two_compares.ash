# expect: PRD001 at 4:22
predicate p {
    word a: u32 = kernel pending
    postfix { a 0 == == }
}
