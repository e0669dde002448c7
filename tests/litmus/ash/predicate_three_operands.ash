# expect: PRD002 at 4:19
predicate p {
    word a: u32 = kernel pending
    postfix { a 0 1 == }
}
