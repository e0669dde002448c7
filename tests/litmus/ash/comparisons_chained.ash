# expect: ASH008 at 2:24
const A = select(1 < 2 < 3, 1, 0)
