# expect: accepted
# check at 8:33: the message has `4` more bytes and the message has 5 bytes
# undo: 2
# a check behind a write: the write is logged
region 128 bytes { count: u32le[4]; page: u8[64] @64 }
handler h {
    message { x: u16be; y: u8[4] }
    data { consume(region.page, 4) }
    commit { require message[4] == 1; region.count[0] = 1 }
}
