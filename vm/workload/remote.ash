# What `xok bench ash` measures: the examples of the paper (Wallach, Engler and Kaashoek 1996) in their shortest form.
# Messages are Ethernet frames; what they carry follows the header.

import net

region 4096 bytes { count: u32le }

# Remote increment: add a number to a counter, and send the message back with the sum in it.
handler increment {
    message { eth: ethernet; amount: u32be }
    commit {
        region.count = (region.count + message.amount) & 0xffffffff
        message.amount = region.count
        send(message)
    }
}

# Send the message back as it is.
handler echo {
    commit { send(message) }
}

# Remote write: where to stands in the message. That it is inside the memory is checked when the message comes.
handler write_40 {
    message { eth: ethernet; to: u32be; bytes: u8[40] }
    data {
        let to = message.to
        consume(18)
        consume(region[to], 40)
    }
}

handler write_128 {
    message { eth: ethernet; to: u32be; bytes: u8[128] }
    data {
        let to = message.to
        consume(18)
        consume(region[to], 128)
    }
}

# The same, with a number so small that no message can lead outside: proved, so there is nothing to check.
handler write_40_proved {
    message { eth: ethernet; to: u8; unused: u8[3]; bytes: u8[40] }
    data {
        let to = message.to
        consume(18)
        consume(region[to], 40)
    }
}

handler write_128_proved {
    message { eth: ethernet; to: u8; unused: u8[3]; bytes: u8[128] }
    data {
        let to = message.to
        consume(18)
        consume(region[to], 128)
    }
}
