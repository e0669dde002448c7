# expect: accepted
# budget at 7:13: the loop over `i in 0..message.length` runs at most 977 times
# more rounds than the budget allows: they are checked before the loop starts
handler h : up to 0x100000 bytes {
    commit {
        var s = 0
        for i in 0..message.length max 0x100000 { for j in 0..16 { s = s ^ message[i] } }
        wake(s)
    }
}
