# expect: ASH044 at 2:6
pipe p : u8 commutative no_mod { keep s: u8 = 0; input w; s = w }
