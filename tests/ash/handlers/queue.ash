# Put the message into the ring of buffers in its owner's memory; drop it where none is free.
struct buffer { length: u32le; bytes: u8[1516] }
region 12176 bytes { tail: u32le; dropped: u32le; queued: u32le; ring: buffer[8] @16 }
handler queue {
    initial {
        let tail = region.tail
        require tail < 8
        let count = message.length
        let free = region.ring[tail].length == 0
    }
    data {
        if free { consume(region.ring[tail].bytes, count) }
    }
    commit {
        if free {
            region.ring[tail].length = count
            region.tail = (tail + 1) % 8
            region.queued = (region.queued + 1) & 0xffffffff
            wake(tail + 1)
        } else {
            region.dropped = (region.dropped + 1) & 0xffffffff
        }
    }
}
