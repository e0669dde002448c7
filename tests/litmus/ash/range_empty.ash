# expect: ASH027 at 5:36
region 128 bytes { count: u32le[4]; page: u8[64] @64 }
handler h {
    message { x: u16be; y: u8[4] }
    commit { require message.x in {5..2} }
}
