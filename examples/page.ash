# A page from a cache, served by three layers. Each knows its own header only; `handler page` puts them together.
# A request that the page layer does not know is counted by its abort part, and delivered.

import net
import pipes

const HTTP_PORT = 80

region 2048 bytes {
    key: u32be                 # of the page that is cached
    size: u32le
    served: u32le
    missed: u32le
    page: u8[1400] @64
}

layer ethernet_layer {
    message { eth: ethernet }
    initial {
        require message.eth.type == IPV4
        consume(14)
    }
    commit { swap(message.eth.destination, message.eth.source) }
}

layer internet_layer {
    message { ip: ipv4 }
    initial {
        require message.ip.version == 0x45 and message.ip.fragment == 0
        consume(20)
    }
    commit {
        swap(message.ip.source, message.ip.destination)
        message.ip.length = 28 + region.size
        message.ip.checksum = 0
        use sum = checksum
        scan(message.ip, 20, sum)
        message.ip.checksum = sum.sum ^ 0xffff
    }
}

layer datagram_layer {
    message { udp: udp }
    initial {
        require message.udp.destination == HTTP_PORT
        consume(8)
    }
    commit {
        swap(message.udp.source, message.udp.destination)
        message.udp.length = 8 + region.size
        message.udp.checksum = 0
    }
}

layer page_layer {
    message { key: u32be }
    initial {
        require region.size <= 1400
        require message.key == region.key
    }
    commit {
        region.served = (region.served + 1) & 0xffffffff
        send(message, 42, region.page, region.size)
    }
    abort {
        region.missed = (region.missed + 1) & 0xffffffff
        deliver
    }
}

handler page : up to 1514 bytes = ethernet_layer, internet_layer, datagram_layer, page_layer
