# expect: ASH041 at 2:6
pipe p : u8 -> u16be { input w; output w }
