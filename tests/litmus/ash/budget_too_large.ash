# expect: ASH024 at 4:5
region 128 bytes { count: u32le[4]; page: u8[64] @64 }
handler h {
    budget 0x1000001; message { x: u16be; y: u8[4] }
    commit { wake(message.x) }
}
