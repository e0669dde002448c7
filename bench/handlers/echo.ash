# What `bench.ash_native` holds to C and to eBPF: answer a message, without and with a checksum over its data.

import net
import pipes

# The message goes back to where it came from.
handler echo : up to 2048 bytes {
    message { eth: ethernet; ip: ipv4; udp: udp }
    commit {
        swap(message.eth.destination, message.eth.source)
        swap(message.ip.source, message.ip.destination)
        swap(message.udp.source, message.udp.destination)
        send(message)
    }
}

# The same, with the sum over all that follows the headers in place of the checksum.
handler echo_sum : up to 2048 bytes {
    message { eth: ethernet; ip: ipv4; udp: udp; bytes: u8[] }
    data {
        use sum = checksum
        scan(message.bytes, message.length - 42, sum)
    }
    commit {
        swap(message.eth.destination, message.eth.source)
        swap(message.ip.source, message.ip.destination)
        swap(message.udp.source, message.udp.destination)
        message.udp.checksum = sum.sum ^ 0xffff
        send(message)
    }
}
