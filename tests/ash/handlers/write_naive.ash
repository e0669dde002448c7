# Remote write as it comes: where to and how much stand in the message.
import net
region 4096 bytes
handler write_naive {
    message { eth: ethernet; ip: ipv4; udp: udp; to: u32be; count: u32be; bytes: u8[] }
    data {
        let to = message.to
        let count = message.count
        consume(50)
        consume(region[to], count)
    }
}
