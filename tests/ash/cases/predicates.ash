# A word in a page and one of the kernel's; `or`, `in` and `not` multiplied out.
predicate wait {
    word arrived: u32 = page 0 @ 16
    word now: u64 = kernel clock
    when arrived != 0 tag 1
    when not (now < 1000) and arrived in {0, 5..7} tag 2
}
