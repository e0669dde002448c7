# expect: ASH060 at 7:35
# 2**64 - 1 - a is never below 128
region 128 bytes { count: u32le[4]; page: u8[64] @64 }
handler h {
    message { x: u16be; y: u8[4] }
    commit { let a = message.x
             wake(region[wrapping(0 - 1 - a)]) }
}
