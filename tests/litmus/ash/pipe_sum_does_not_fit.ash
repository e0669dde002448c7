# expect: ASH043 at 2:55
pipe p : u16be no_mod { keep s: u16 = 0; input w; s = s + w }
