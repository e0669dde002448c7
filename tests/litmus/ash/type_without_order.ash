# expect: ASH020 at 2:15
struct s { a: u16 }
