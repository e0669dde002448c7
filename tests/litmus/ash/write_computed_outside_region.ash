# expect: ASH060 at 7:27
# whatever `a` is, this is behind the array
region 128 bytes { count: u32le[4]; page: u8[64] @64 }
handler h {
    message { x: u16be; y: u8[4] }
    commit { let a = message.x
             region.count[a + 4] = 1 }
}
