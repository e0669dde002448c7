# expect: accepted
# check at 8:27: the message has 2 bytes
# check at 8:27: `message.x` is below 4
# what is not known is checked, once
region 128 bytes { count: u32le[4]; page: u8[64] @64 }
handler h {
    message { x: u16be; y: u8[4] }
    commit { region.count[message.x] = 1 }
}
