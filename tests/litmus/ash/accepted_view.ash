# expect: accepted
# check at 10:38: the message has 2 bytes
# check at 11:17: `e.key` is inside the message
# check at 11:35: `e.n` is inside the message
struct entry { key: u32be; n: u16be }
# where the struct lies stands in the message
region 128 bytes { count: u32le[4]; page: u8[64] @64 }
handler h {
    message { x: u16be; y: u8[4] }
    commit { view e: entry = message[message.x]
             if e.key == 5 { wake(e.n) } }
}
