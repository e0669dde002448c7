# expect: accepted
# check at 6:14: the message has 4 bytes
region 128 bytes { count: u32le[4]; page: u8[64] @64 }
handler h {
    message { x: u16be; z: u16be }
    commit { swap(message.x, message.z); send(message) }
}
