# expect: accepted
# check at 7:31: there are `6` bytes at `message[0]`
# check at 7:47: there are `message.x` bytes at `region.page`
region 128 bytes { count: u32le[4]; page: u8[64] @64 }
handler h {
    message { x: u16be; y: u8[4] }
    commit { send(message[0], 6, region.page, message.x) }
}
