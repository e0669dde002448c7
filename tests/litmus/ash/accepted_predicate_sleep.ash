# expect: accepted
# 64-bit sleep in words of 32 bits, as the released Xok has it: right also where the low word wraps.
predicate sleep {
    word low: u32 = kernel clock_low
    word high: u32 = kernel clock_high
    when low > 100 and high == 2
    when high > 2
}
