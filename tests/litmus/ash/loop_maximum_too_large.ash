# expect: ASH058 at 5:38
region 128 bytes { count: u32le[4]; page: u8[64] @64 }
handler h {
    message { x: u16be; y: u8[4] }
    commit { for i in 0..clock() max 0x2000000 { } }
}
