# A copy, its checksum taken on the way and the bytes of each number turned around: one loop.
import pipes

region 1500 bytes

handler fused {
    data {
        use sum = checksum
        consume(4)
        consume(region[0], min(message.left, 1500), sum, byteswap)
    }
    commit { wake(sum.sum) }
}
