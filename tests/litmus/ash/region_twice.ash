# expect: ASH012 at 3:1
region 4 bytes
region 8 bytes
