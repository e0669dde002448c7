# expect: accepted
# the length has been compared: no check is left
region 128 bytes { count: u32le[4]; page: u8[64] @64 }
handler h {
    message { x: u16be; y: u8[4] }
    initial { require message.length >= 6 }
    commit { wake(message.y[3]) }
}
