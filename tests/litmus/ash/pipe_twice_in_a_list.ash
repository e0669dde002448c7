# expect: ASH055 at 6:46
import pipes
region 128 bytes { count: u32le[4]; page: u8[64] @64 }
handler h {
    message { x: u16be; y: u8[4] }
    commit { use s = checksum; consume(4, s, s) }
}
