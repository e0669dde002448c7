# expect: ASH028 at 6:21
# the first byte behind the region
region 128 bytes { count: u32le[4]; page: u8[64] @64 }
handler h {
    message { x: u16be; y: u8[4] }
    commit { region[128] = 1 }
}
