# expect: ASH050 at 5:25
region 128 bytes { count: u32le[4]; page: u8[64] @64 }
handler h {
    message { x: u16be; y: u8[4] }
    commit { var a = 1; a.b = 2 }
}
