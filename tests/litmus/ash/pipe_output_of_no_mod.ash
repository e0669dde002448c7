# expect: ASH042 at 2:38
pipe p : u8 no_mod { input w; output w }
