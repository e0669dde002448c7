"""Filters in DPF and for tcpdump; the benchmarks check that they agree.

Ten that an operator would write, of several shapes and partly overlapping; and ten of one shape, TCP
connections, as in table 3 of the DPF paper.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Pair:
    """One filter in both languages.

    Args:
        name: the DPF filter's name.
        dpf: its body.
        tcpdump: the pcap-filter(7) expression.
    """

    name: str
    dpf: str
    tcpdump: str


TEN = (
    Pair("web", "tcp.dport in {80, 443, 8080}", "tcp dst port 80 or tcp dst port 443 or tcp dst port 8080"),
    Pair("dns", "udp.sport == 53 or udp.dport == 53", "udp port 53"),
    Pair("ssh", "tcp.sport == 22 or tcp.dport == 22", "tcp port 22"),
    Pair("dhcp", "udp.dport in {67, 68}", "udp dst port 67 or udp dst port 68"),
    Pair("ntp", "udp.sport == 123; udp.dport == 123", "udp src port 123 and udp dst port 123"),
    Pair("mail", "tcp.dport in {25, 465, 587}", "tcp dst port 25 or tcp dst port 465 or tcp dst port 587"),
    Pair("files", "tcp.dport in {139, 445}", "tcp dst port 139 or tcp dst port 445"),
    Pair("snmp", "udp.dport in {161, 162}", "udp dst port 161 or udp dst port 162"),
    Pair("inside", "ipv4.src == 192.168.0.0/16", "ip src net 192.168.0.0/16"),
    Pair("ping", "icmp.type in {0, 8}", "icmp[icmptype] = icmp-echo or icmp[icmptype] = icmp-echoreply"),
)


SERVER, CLIENT = "10.0.0.1", "192.168.1.2"
SERVER_PORT = 80
CLIENT_PORTS = tuple(range(40000, 40010))

CONNECTIONS = tuple(
    Pair(
        f"connection{port}",
        f"ipv4.src == {CLIENT}; ipv4.dst == {SERVER}; tcp.sport == {port}; tcp.dport == {SERVER_PORT}",
        f"src host {CLIENT} and dst host {SERVER} and tcp src port {port} and tcp dst port {SERVER_PORT}",
    )
    for port in CLIENT_PORTS
)


def dpf_text(pairs: tuple[Pair, ...]) -> str:
    """Return one DPF file with `pairs`, in order."""
    return "".join(f"filter {pair.name} {{ {pair.dpf} }}\n" for pair in pairs)
