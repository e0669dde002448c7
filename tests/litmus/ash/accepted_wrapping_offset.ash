# expect: accepted
# check at 8:35: the message has 8 bytes
# check at 8:35: `message.a - message.b` is below 64
# an offset that wraps is checked as it is: behind the wrap
region 128 bytes { count: u32le[4]; page: u8[64] @64 }
handler h {
    message { a: u32be; b: u32be }
    commit { region.page[wrapping(message.a - message.b)] = 1 }
}
