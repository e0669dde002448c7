# expect: ASH054 at 5:14
region 256 bytes { a: u8[65]; b: u8[65] }
handler h {
    message { x: u16be; y: u8[4] }
    commit { swap(region.a, region.b) }
}
