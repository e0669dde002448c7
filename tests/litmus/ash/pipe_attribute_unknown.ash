# expect: ASH003 at 2:13
pipe p : u8 fast { input w; output w }
