# What `bench.ash_handled` runs for each message that a filter for a TCP connection accepts: the remote increment.

import net

region 64 bytes { count: u64le }

handler increment {
    message { eth: ethernet; ip: ipv4; tcp: tcp; amount: u32be }
    commit {
        region.count = wrapping(region.count + message.amount)
        message.amount = region.count & 0xffffffff
        swap(message.eth.destination, message.eth.source)
        send(message)
    }
}
