# Two layers and what the outer one does where it or the inner one gives up: checks stay in their layers.
region 8 bytes { served: u32le; missed: u32le }

layer outer {
    message { kind: u8 }
    initial {
        require message.kind == 1
        consume(1)
    }
    abort {
        region.missed = (region.missed + 1) & 0xffffffff
        deliver
    }
}

layer inner {
    message { key: u16be }
    initial { require message.key == 2 }
    commit {
        region.served = (region.served + 1) & 0xffffffff
        send(message[0], 3)
    }
}

handler layers : up to 64 bytes = outer, inner
