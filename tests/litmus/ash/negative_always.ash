# expect: ASH060 at 7:19
# one below 0, whatever the message
region 128 bytes { count: u32le[4]; page: u8[64] @64 }
handler h {
    message { x: u16be; y: u8[4] }
    commit { let a = message.x
             wake(a - (a + 1)) }
}
