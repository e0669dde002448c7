# expect: accepted
# check at 6:19: the message has 2 bytes
region 128 bytes { count: u32le[4]; page: u8[64] @64 }
handler h {
    budget 15; message { x: u16be; y: u8[4] }
    commit { wake(message.x) }
}
