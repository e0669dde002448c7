# expect: ASH040 at 2:6
pipe p : u64le { input w; output w }
