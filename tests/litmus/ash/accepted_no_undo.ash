# expect: accepted
# check at 7:23: the message has 5 bytes
# no check behind a write: nothing is logged
region 128 bytes { count: u32le[4]; page: u8[64] @64 }
handler h {
    message { x: u16be; y: u8[4] }
    initial { require message[4] == 1 }
    data { consume(region.page, 4) }
}
