# expect: ASH028 at 6:27
# the fifth of four
region 128 bytes { count: u32le[4]; page: u8[64] @64 }
handler h {
    message { x: u16be; y: u8[4] }
    commit { region.count[4] = 1 }
}
