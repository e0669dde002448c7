# expect: accepted
# check at 7:27: the message has 2 bytes
# never 0: nothing to check
region 128 bytes { count: u32le[4]; page: u8[64] @64 }
handler h {
    message { x: u16be; y: u8[4] }
    commit { wake(1000 / (message.x | 1)) }
}
