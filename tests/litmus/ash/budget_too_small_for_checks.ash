# expect: ASH061 at 4:9
# enough without the check that the message has two bytes
region 128 bytes { count: u32le[4]; page: u8[64] @64 }
handler h {
    budget 8; message { x: u16be; y: u8[4] }
    commit { wake(message.x) }
}
