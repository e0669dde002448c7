# expect: ASH010 at 4:19
handler h {
    message { x: u16be; y: u8[4] }
    commit { wake(region[0]) }
}
