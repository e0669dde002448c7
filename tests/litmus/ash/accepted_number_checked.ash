# expect: accepted
# check at 8:32: the message has 8 bytes
# check at 8:14: `region.count[0] = message.a + message.b` fits into 32 bits
# a sum of 33 bits into 32: checked
region 128 bytes { count: u32le[4]; page: u8[64] @64 }
handler h {
    message { a: u32be; b: u32be }
    commit { region.count[0] = message.a + message.b }
}
