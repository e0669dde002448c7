# expect: ASH016 at 2:35
pipe p : u8 no_mod { keep s: u8 = clock(); input w }
