# expect: accepted
# check at 9:26: the message has 4 bytes
# check at 9:18: the loop over `i in 0..message.amount` runs at most 64 times
# more rounds abort
region 128 bytes { count: u32le[4]; page: u8[64] @64 }
handler h {
    message { amount: u32be }
    commit { var s = 0
             for i in 0..message.amount max 64 { s = s + 1 }
             wake(s) }
}
