# expect: ASH026 at 4:17
region 128 bytes { count: u32le[4]; page: u8[64] @64 }
handler h {
    budget 100; budget 200; message { x: u16be; y: u8[4] }
    commit { wake(message.x) }
}
