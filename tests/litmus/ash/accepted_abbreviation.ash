# expect: accepted
# check at 8:24: the message has 2 bytes
define half(n) = n / 2
const FOUR = 4
region 128 bytes { count: u32le[4]; page: u8[64] @64 }
handler h {
    message { x: u16be; y: u8[4] }
    commit { wake(half(message.x + FOUR)) }
}
