# expect: ASH026 at 3:9
region 128 bytes { count: u32le[4]; page: u8[64] @64 }
handler h {
    message { x: u16be; y: u8[4] }
    abort { deliver }
}
