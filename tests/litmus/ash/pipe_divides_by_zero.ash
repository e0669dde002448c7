# expect: ASH043 at 2:31
pipe p : u8 { input w; output 1 / w }
