# expect: ASH019 at 2:11
const A = B
const B = A
