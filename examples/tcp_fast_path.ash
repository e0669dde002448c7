# TCP's fast path: the next segment of a stream, while nobody else is at the connection. Everything else aborts and
# goes to the library. Data is copied, its checksum taken on the way; where that is wrong, the copy is undone.

import net
import pipes

const ACK = 0x010
const PSH_ACK = 0x018

region 8448 bytes {
    busy: u32le                # the library is at work on the connection
    next: u32le                # the sequence number that is expected
    read: u32le                # how much the library has taken out of the buffer,
    written: u32le             # and how much was put in
    acknowledged: u32le
    window: u32le
    local: u32le
    remote: u32le
    ports: u32le
    segments: u32le
    buffer: u8[8192] @256
}

handler tcp_fast_path : up to 1514 bytes {
    message { eth: ethernet; ip: ipv4; tcp: tcp }

    initial {
        require region.busy == 0
        require message.eth.type == IPV4 and message.ip.version.header_words == 5 and message.ip.protocol == TCP
        require message.ip.fragment.offset == 0 and message.ip.fragment.more == 0
        require message.ip.source == region.remote and message.ip.destination == region.local
        require (message.tcp.source << 16 | message.tcp.destination) == region.ports

        # Header prediction: what is expected, and no flag or option that needs thought, but time stamps.
        let words = message.tcp.flags.words
        require words in {5, 8}
        require message.tcp.flags.bits in {ACK, PSH_ACK}
        require message.tcp.sequence == region.next and message.tcp.window == region.window

        let length = message.ip.length
        require length >= 40 and length + 14 <= message.length
        let segment = length - 20
        let header = select(words == 8, 32, 20)
        require segment > header
        let count = segment - header

        # The library is not behind: the buffer has room, and does not wrap here.
        require region.read <= region.written
        let at = region.written
        require at + count <= 8192
    }

    data {
        use sum = checksum
        sum.sum = fold16((message.ip.source & 0xffff) + (message.ip.source >> 16)
            + (message.ip.destination & 0xffff) + (message.ip.destination >> 16) + TCP + segment)
        consume(34)
        consume(20, sum)
        if header == 32 { consume(12, sum) }
        consume(region.buffer[at], count, sum)
    }

    commit {
        require sum.sum == 0xffff
        region.next = (region.next + count) & 0xffffffff
        region.written = at + count
        region.acknowledged = message.tcp.acknowledgment
        region.segments = (region.segments + 1) & 0xffffffff
        wake(count)
    }
}
