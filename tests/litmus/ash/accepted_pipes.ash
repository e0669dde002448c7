# expect: accepted
import pipes
region 128 bytes { count: u32le[4]; page: u8[64] @64 }
handler h {
    message { x: u16be; y: u8[4] }
    data { use s = checksum; consume(region.page, min(message.length, 64), s, byteswap) }
    commit { wake(s.sum) }
}
