# expect: accepted
# check at 7:23: the message has 2 bytes
# what the program has compared is not checked again
region 128 bytes { count: u32le[4]; page: u8[64] @64 }
handler h {
    message { x: u16be; y: u8[4] }
    initial { require message.x < 4 }
    commit { region.count[message.x] = 1 }
}
