# expect: ASH051 at 3:31
region 4 bytes
pipe p : u8 { input w; output region[0] }
