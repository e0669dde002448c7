# expect: accepted
# check at 7:19: the message has 6 bytes
# two loads, one check of the length
region 128 bytes { count: u32le[4]; page: u8[64] @64 }
handler h {
    message { x: u16be; y: u8[4] }
    commit { wake(message.x + message.y[3]) }
}
