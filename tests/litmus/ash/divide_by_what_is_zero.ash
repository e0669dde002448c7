# expect: ASH060 at 7:19
# `a` is 0, whatever the message
region 128 bytes { count: u32le[4]; page: u8[64] @64 }
handler h {
    message { x: u16be; y: u8[4] }
    commit { let a = message.x & 0
             wake(1 % a) }
}
