# expect: ASH051 at 6:15
# `initial` looks, and changes nothing
region 128 bytes { count: u32le[4]; page: u8[64] @64 }
handler h {
    message { x: u16be; y: u8[4] }
    initial { region.count[0] = 1; require message.x == 1 }
}
