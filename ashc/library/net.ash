# Headers of network protocols. Import them with `import net`.

struct mac { high: u16be; low: u32be }

struct ethernet {
    destination: mac
    source: mac
    type: u16be
}

struct ipv4 {
    version: u8 { header_words: 4 @0, number: 4 @4 }
    service: u8
    length: u16be
    identification: u16be
    fragment: u16be { offset: 13 @0, more: 1 @13, do_not: 1 @14 }
    time_to_live: u8
    protocol: u8
    checksum: u16be
    source: u32be
    destination: u32be
}

struct udp {
    source: u16be
    destination: u16be
    length: u16be
    checksum: u16be
}

struct tcp {
    source: u16be
    destination: u16be
    sequence: u32be
    acknowledgment: u32be
    flags: u16be { bits: 9 @0, words: 4 @12 }
    window: u16be
    checksum: u16be
    urgent: u16be
}

const IPV4 = 0x0800
const ARP = 0x0806
const UDP = 17
const TCP = 6

# Where the fields of messages with these headers lie, one behind the other.
const ETHERNET_BYTES = 14
const IPV4_BYTES = 20
const UDP_BYTES = 8
const TCP_BYTES = 20
