# expect: ASH017 at 6:40
import pipes
region 128 bytes { count: u32le[4]; page: u8[64] @64 }
handler h {
    message { x: u16be; y: u8[4] }
    commit { use s = checksum; s.sum = 0x10000 }
}
