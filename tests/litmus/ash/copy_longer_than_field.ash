# expect: ASH017 at 6:44
# `page` has 64 bytes
region 128 bytes { count: u32le[4]; page: u8[64] @64 }
handler h {
    message { x: u16be; y: u8[4] }
    commit { copy(region.page, message[0], 65) }
}
