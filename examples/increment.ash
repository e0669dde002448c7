# Remote increment: add a number from the message to a counter in the owner's memory, and send the message back.
# Try: ashc check examples/increment.ash; ashc compile examples/increment.ash --emit asm -o -

import net

const PORT = 7

region 64 bytes {
    count: u64le[8]
}

handler increment : up to 1514 bytes {
    message {
        eth: ethernet
        ip: ipv4
        udp: udp
        slot: u16be
        amount: u32be
        result: u64be
    }

    initial {
        require message.eth.type == IPV4
        require message.ip.version.header_words == 5 and message.ip.protocol == UDP
        require message.udp.destination == PORT
        let slot = message.slot
    }

    # All checks are done before anything is written, so an abort has nothing to undo. `ashc check` says so.
    commit {
        region.count[slot] = wrapping(region.count[slot] + message.amount)
        message.result = region.count[slot]
        swap(message.eth.destination, message.eth.source)
        swap(message.ip.source, message.ip.destination)
        swap(message.udp.source, message.udp.destination)
        message.udp.checksum = 0
        send(message)
    }
}
