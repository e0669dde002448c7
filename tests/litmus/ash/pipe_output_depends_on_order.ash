# expect: ASH044 at 2:59
pipe p : u8 commutative { keep s: u8 = 0; input w; output w ^ s; s = s ^ w }
