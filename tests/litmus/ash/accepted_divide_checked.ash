# expect: accepted
# check at 7:26: the message has 2 bytes
# check at 7:19: the divisor of `1000 / message.x` is not 0
region 128 bytes { count: u32le[4]; page: u8[64] @64 }
handler h {
    message { x: u16be; y: u8[4] }
    commit { wake(1000 / message.x) }
}
