# expect: ASH017 at 2:11
const A = 1 - 2
