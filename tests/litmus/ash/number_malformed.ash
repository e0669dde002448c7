# expect: ASH004 at 2:11
const A = 0x1__f
