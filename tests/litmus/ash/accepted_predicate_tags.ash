# expect: accepted
# A tag stays in force for later products that set none; tag 0 wakes nobody.
predicate p {
    word a: u32 = page 0 @ 8
    word b: u64 = page 1 @ 4088
    postfix { a 0 == tag 2 or b 7 >= or 5 a < tag 0 }
}
