# expect: ASH060 at 6:19
# the first byte behind the longest message
region 128 bytes { count: u32le[4]; page: u8[64] @64 }
handler h {
    message { x: u16be; y: u8[4] }
    commit { wake(message[1514]) }
}
