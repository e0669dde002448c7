# expect: ASH056 at 5:23
region 128 bytes { count: u32le[4]; page: u8[64] @64 }
handler h {
    message { x: u16be; y: u8[4] }
    commit { deliver; wake(1) }
}
