# expect: ASH010 at 2:13
handler h = none
