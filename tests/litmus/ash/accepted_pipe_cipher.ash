# expect: accepted
pipe cbc : u8 { keep s: u8 = 1; input w; output w ^ s; s = w ^ s }
# each byte depends on those before: taken one by one
region 128 bytes { count: u32le[4]; page: u8[64] @64 }
handler h {
    message { x: u16be; y: u8[4] }
    data { use s = cbc; consume(region.page, min(message.length, 64), s) }
}
