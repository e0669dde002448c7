# expect: accepted
# check at 8:19: the message has 5 bytes
# a message of less than 4 bytes, and its fifth byte: this handler always aborts
region 128 bytes { count: u32le[4]; page: u8[64] @64 }
handler h {
    message { x: u16be; y: u8[4] }
    initial { require message.length < 4 }
    commit { wake(message.y[2]) }
}
