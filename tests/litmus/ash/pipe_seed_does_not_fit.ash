# expect: ASH017 at 2:27
pipe p : u8 no_mod { keep s: u8 = 256; input w }
