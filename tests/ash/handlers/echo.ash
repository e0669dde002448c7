# Send the message back: MAC addresses, IP addresses and ports exchanged. The checksums stay right.
import net
handler echo {
    message { eth: ethernet; ip: ipv4; udp: udp }
    commit {
        swap(message.eth.destination, message.eth.source)
        swap(message.ip.source, message.ip.destination)
        swap(message.udp.source, message.udp.destination)
        send(message)
    }
}
