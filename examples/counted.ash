# Handlers for examples/counted.net: what the kernel does with a message before its program sees it.

region 64 bytes {
    messages: u32le @0
    octets: u32le @4
}

# Count names' messages and their bytes, and consume them: their program never runs.
handler count : up to 1514 bytes {
    commit {
        region.messages = (region.messages + 1) & 0xffffffff
        region.octets = (region.octets + message.length) & 0xffffffff
        consume
    }
}

# Count what is long enough to have a payload; leave the others to the program, with nothing changed.
handler payload : up to 1514 bytes {
    initial { require message.length > 66 }
    commit {
        region.messages = (region.messages + 1) & 0xffffffff
        deliver
    }
}
