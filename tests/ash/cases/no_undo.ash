# The last check comes before the first write: an abort has nothing to put back, and there is no log.
region 8 bytes { count: u32le; seen: u32le }

handler no_undo {
    message { amount: u32be }
    initial { require message.amount != 0 }
    commit {
        region.seen = message.amount
        region.count = wrapping(region.count + 1) & 0xffffffff
    }
}
