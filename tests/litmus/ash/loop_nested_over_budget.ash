# expect: ASH061 at 4:9
# a million rounds are known before: no budget is enough
region 128 bytes { count: u32le[4]; page: u8[64] @64 }
handler h {
    message { x: u16be; y: u8[4] }
    commit { var s = 0
             for i in 0..1000 { for j in 0..1000 { s = s ^ i } }
             wake(s) }
}
