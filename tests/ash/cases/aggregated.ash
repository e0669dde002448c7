# Three loads behind each other, one check of the length; the index is checked where it is known, and not again.
region 64 bytes { count: u32le[16] }

handler aggregated {
    message { kind: u16be; slot: u16be; amount: u32be; more: u8[8] }
    initial {
        require message.kind == 7
        let slot = message.slot
    }
    commit {
        region.count[slot] = wrapping(region.count[slot] + message.amount) & 0xffffffff
        wake(message.more[7])
    }
}
