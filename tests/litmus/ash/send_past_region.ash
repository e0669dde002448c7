# expect: ASH017 at 6:36
# four of the eight bytes
region 128 bytes { count: u32le[4]; page: u8[64] @64 }
handler h {
    message { x: u16be; y: u8[4] }
    commit { send(region.page[60], 8) }
}
