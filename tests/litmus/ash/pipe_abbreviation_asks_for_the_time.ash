# expect: ASH051 at 2:16
define low() = clock() & 0xff
pipe p : u8 { input w; output low() }
