# expect: ASH055 at 6:25
import pipes
region 128 bytes { count: u32le[4]; page: u8[64] @64 }
handler h {
    message { x: u16be; y: u8[4] }
    commit { consume(4, checksum) }
}
