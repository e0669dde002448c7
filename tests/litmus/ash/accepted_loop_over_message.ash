# expect: accepted
# a message has at most 1514 bytes, so the loop ends; it is charged by its rounds
region 128 bytes { count: u32le[4]; page: u8[64] @64 }
handler h {
    message { x: u16be; y: u8[4] }
    commit { var s = 0
             for i in 0..message.length { s = s ^ message[i] }
             region.count[0] = s }
}
