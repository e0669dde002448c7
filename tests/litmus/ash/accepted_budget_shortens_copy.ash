# expect: accepted
# check at 9:20: the message has 4 bytes
# check at 10:31: the message has `n` more bytes
# budget at 10:12: the loop over `consume(region[0], n)` runs at most 11 times
region 4096 bytes
handler h {
    budget 300
    message { n: u32be }
    data { let n = message.n
           consume(region[0], n) }
}
