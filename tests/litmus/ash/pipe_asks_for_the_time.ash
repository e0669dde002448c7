# expect: ASH051 at 2:31
pipe p : u8 { input w; output clock() & 0xff }
