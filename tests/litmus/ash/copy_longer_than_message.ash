# expect: ASH060 at 6:47
# no message has 1520 bytes
region 128 bytes { count: u32le[4]; page: u8[64] @64 }
handler h {
    message { x: u16be; y: u8[4] }
    commit { copy(region.page, message[1500], 20) }
}
