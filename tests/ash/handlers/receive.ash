# Copy the message, its checksum taken on the way; where that is wrong, the copy is undone.
import pipes
region 2048 bytes { bytes: u32le; data: u8[1500] @64 }
handler receive {
    message { checksum: u16be }
    initial { let expected = message.checksum }
    data {
        use sum = checksum
        consume(2)
        let count = min(message.left, 1500)
        consume(region.data, count, sum, byteswap)
    }
    commit {
        require sum.sum == expected
        region.bytes = count
        wake(count)
    }
}
