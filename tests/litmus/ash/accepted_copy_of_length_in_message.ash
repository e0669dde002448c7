# expect: accepted
# check at 8:20: the message has `6` more bytes
# check at 8:45: the message has `message.x` more bytes and there are `message.x` bytes at `region.page`
# a length from the message: one check, that it fits and that the bytes are there
region 128 bytes { count: u32le[4]; page: u8[64] @64 }
handler h {
    message { x: u16be; y: u8[4] }
    data { consume(6); consume(region.page, message.x) }
}
