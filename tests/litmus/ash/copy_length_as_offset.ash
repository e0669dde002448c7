# expect: ASH060 at 7:44
# 65 or more bytes into 64
region 128 bytes { count: u32le[4]; page: u8[64] @64 }
handler h {
    message { x: u16be; y: u8[4] }
    commit { let n = message.x + 65
             copy(region.page, message[0], n) }
}
