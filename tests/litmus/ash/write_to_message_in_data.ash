# expect: ASH051 at 6:12
# `data` fills the region
region 128 bytes { count: u32le[4]; page: u8[64] @64 }
handler h {
    message { x: u16be; y: u8[4] }
    data { copy(message.y, region.page, 4) }
}
