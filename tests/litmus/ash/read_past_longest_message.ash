# expect: ASH021 at 3:26
handler h : up to 64 bytes {
    message { x: u8[60]; z: u64be }
    commit { wake(message.z) }
}
