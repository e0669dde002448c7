# expect: accepted
# check at 7:24: the message has 2 bytes
# check at 7:19: `1 << message.x` shifts by less than 64
region 128 bytes { count: u32le[4]; page: u8[64] @64 }
handler h {
    message { x: u16be; y: u8[4] }
    commit { wake(1 << message.x) }
}
