# expect: ASH022 at 2:29
struct s { a: u8 { b: 4 @0; c: 4 @3 } }
