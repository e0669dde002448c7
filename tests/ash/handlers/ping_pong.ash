# Answer with a prepared frame, count down, and keep a histogram of the times between two messages.
region 256 bytes {
    left: u32le
    last: u64le @8
    histogram: u32le[32] @16
    frame: u8[60] @160
}
handler ping_pong {
    initial {
        require region.left > 0
        let now = clock()
        require now >= region.last
        let bucket = min((now - region.last) >> 6, 31)
        require region.histogram[bucket] < 0xffffffff
    }
    commit {
        region.left = region.left - 1
        region.histogram[bucket] = region.histogram[bucket] + 1
        region.last = now
        send(region.frame)
    }
}
