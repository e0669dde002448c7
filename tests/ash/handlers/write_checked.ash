# Remote write into a segment that the owner has put into its table.
import net
struct segment { base: u32le; size: u32le; writes: u32le }
region 4096 bytes { segments: segment[8] }
handler write_checked {
    message { eth: ethernet; ip: ipv4; udp: udp; segment: u16be; at: u32be; count: u16be; bytes: u8[] }
    initial {
        let number = message.segment
        let at = message.at
        let count = message.count
        require number < 8
        let base = region.segments[number].base
        let size = region.segments[number].size
        require at <= size
        require count <= size - at
        let writes = region.segments[number].writes
        require writes < 0xffffffff
    }
    data {
        consume(50)
        consume(region[base + at], count)
    }
    commit {
        region.segments[number].writes = writes + 1
    }
}
