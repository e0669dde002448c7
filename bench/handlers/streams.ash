# What `bench.ash_native` holds to memcpy and to separate passes in C: a message goes to its owner's memory through
# pipes, in one loop; and each of the passes by itself. What a pass found out is told by `wake`.

import pipes

const BYTES = 4194304

region 4194304 bytes

handler copy_sum : up to BYTES bytes {
    budget 16777216
    data {
        use sum = checksum
        consume(region[0], message.length, sum)
    }
    commit { wake(sum.sum) }
}

handler copy_sum_swap : up to BYTES bytes {
    budget 16777216
    data {
        use sum = checksum
        consume(region[0], message.length, sum, byteswap)
    }
    commit { wake(sum.sum) }
}

handler only_copy : up to BYTES bytes {
    budget 16777216
    data { consume(region[0], message.length) }
    commit { wake(0) }
}

handler only_sum : up to BYTES bytes {
    budget 16777216
    data {
        use sum = checksum
        scan(region[0], message.length, sum)
    }
    commit { wake(sum.sum) }
}

handler only_swap : up to BYTES bytes {
    budget 16777216
    data { apply(region[0], message.length, byteswap) }
    commit { wake(0) }
}
