# expect: accepted
# check at 7:31: there are `4` bytes at `message.y`
import pipes
region 128 bytes { count: u32le[4]; page: u8[64] @64 }
handler h {
    message { x: u16be; y: u8[4] }
    commit { apply(message.y, 4, xor); send(message) }
}
