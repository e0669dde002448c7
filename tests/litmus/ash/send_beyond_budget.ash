# expect: ASH059 at 4:9
# 257 messages
region 128 bytes { count: u32le[4]; page: u8[64] @64 }
handler h {
    message { x: u16be; y: u8[4] }
    commit { for i in 0..257 { send(message) } }
}
