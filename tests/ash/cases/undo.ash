# A check behind a write: what was there is logged before each write, and put back where the handler aborts.
region 8 bytes { count: u32le; seen: u32le }

handler undo {
    message { amount: u32be }
    commit {
        region.seen = message.amount
        require region.count < 100
        region.count = region.count + 1
    }
}
