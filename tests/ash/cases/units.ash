# A pipe in which each byte depends on those before, and so is taken byte by byte.
pipe chained : u8 {
    keep last: u8 = 1
    input byte
    output byte ^ last
    last = byte
}

region 16 bytes

handler units {
    data {
        use chain = chained
        consume(region[0], 3, chain)
    }
    commit { wake(chain.last) }
}
