# expect: accepted
# check at 6:17: the message has 2 bytes
region 128 bytes { count: u32le[4]; page: u8[64] @64 }
handler h {
    message { x: u16be; y: u8[4] }
    commit { if message.x in {1, 3..5} { wake(1) } else if message.x == 9 { deliver } else { abort } }
}
