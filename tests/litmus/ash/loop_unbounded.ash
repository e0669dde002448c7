# expect: ASH058 at 6:18
# as often as the message says: at most 4294967295 times
region 128 bytes { count: u32le[4]; page: u8[64] @64 }
handler h {
    message { amount: u32be }
    commit { for i in 0..message.amount { } }
}
