# expect: ASH021 at 5:28
# a field that no message reaches
region 128 bytes { count: u32le[4]; page: u8[64] @64 }
handler h {
    message { x: u8[1510]; z: u64be }
    commit { wake(message.z) }
}
