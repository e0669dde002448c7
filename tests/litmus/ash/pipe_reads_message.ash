# expect: ASH051 at 2:31
pipe p : u8 { input w; output message[0] }
