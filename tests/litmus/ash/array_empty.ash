# expect: ASH023 at 2:15
struct s { a: u8[0] }
