# expect: ASH024 at 2:8
region 0x1000001 bytes
