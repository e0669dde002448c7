"""The header library on hand-made packets: each accepted by exactly the filters that it is listed with."""

from __future__ import annotations

import pytest

from dpfc.language.parse import parse_file
from dpfc.naive import accepts
from dpfc.resolve import resolve_files
from runtime.source import Source


def ip(protocol: int, payload: bytes, *, options: int = 0, fragment: int = 0) -> bytes:
    head = bytes([0x45 + options, 0, 0, 0, 0, 0]) + fragment.to_bytes(2, "big") + bytes([64, protocol, 0, 0])
    return head + b"\x0a\0\0\1" + b"\x0a\0\0\2" + bytes(4 * options) + payload


def ip6(protocol: int, payload: bytes) -> bytes:
    return b"\x60" + bytes(5) + bytes([protocol, 64]) + bytes(15) + b"\1" + bytes(15) + b"\2" + payload


def ethernet(kind: int, payload: bytes) -> bytes:
    return bytes(12) + kind.to_bytes(2, "big") + payload


def vlan(tag: int, kind: int, payload: bytes) -> bytes:
    return tag.to_bytes(2, "big") + kind.to_bytes(2, "big") + payload


TCP = (1234).to_bytes(2, "big") + (80).to_bytes(2, "big") + bytes(8) + b"\x50\x02" + bytes(6)
UDP = (1234).to_bytes(2, "big") + (4789).to_bytes(2, "big") + bytes(4)
WEB = ip(6, TCP)
WEB6 = ip6(6, TCP)
FRAGMENT6 = b"\x06\0\0\1" + bytes(4)
LATER6 = b"\x06\0\1\0" + bytes(4)

FILTERS = {
    "web": "tcp.dport == 80",
    "tagged": "vlan.id == 5; tcp.dport == 80",
    "double": "vlan/vlan.id == 6; tcp",
    "tunnel": "vxlan.vni == 7; vxlan/tcp.dport == 80",
    "gre": "gre/tcp.dport == 80",
    "mpls": "mpls; tcp.dport == 80",
    "ppp": "pppoe.session == 9; tcp.dport == 80",
    "snap": "snap/ipv4.protocol == 6",
    "six_in_four": "ipv4/ipv6/tcp.dport == 80",
    "four_in_four": "ipv4/ipv4/tcp.dport == 80",
}
PACKETS = {
    "web": (ethernet(0x800, WEB), {"web"}),
    "options": (ethernet(0x800, ip(6, TCP, options=3)), {"web"}),
    "first fragment": (ethernet(0x800, ip(6, TCP, fragment=0x2000)), {"web"}),
    "later fragment": (ethernet(0x800, ip(6, TCP, fragment=0x0001)), set()),
    "cut in the port": (ethernet(0x800, WEB)[:37], set()),
    "cut behind the port": (ethernet(0x800, WEB)[:38], {"web"}),
    "six": (ethernet(0x86DD, WEB6), {"web"}),
    "hop by hop": (ethernet(0x86DD, ip6(0, b"\x06\x01" + bytes(14) + TCP)), {"web"}),
    "authentication": (ethernet(0x86DD, ip6(51, b"\x06\x04" + bytes(22) + TCP)), {"web"}),
    "first fragment 6": (ethernet(0x86DD, ip6(44, FRAGMENT6 + TCP)), {"web"}),
    "later fragment 6": (ethernet(0x86DD, ip6(44, LATER6 + TCP)), set()),
    "two extensions": (ethernet(0x86DD, ip6(0, b"\x3c\0" + bytes(6) + b"\x06\0" + bytes(6) + TCP)), {"web"}),
    "tagged": (ethernet(0x8100, vlan(0x2005, 0x800, WEB)), {"tagged"}),
    "double": (ethernet(0x88A8, vlan(5, 0x8100, vlan(6, 0x800, WEB))), {"double"}),
    "vxlan": (
        ethernet(0x800, ip(17, UDP + b"\x08\0\0\0\0\0\x07\0" + ethernet(0x800, WEB))),
        {"tunnel"},
    ),
    "gre": (ethernet(0x800, ip(47, b"\0\0\x08\0" + WEB)), {"gre"}),
    "gre with key": (ethernet(0x800, ip(47, b"\x20\0\x08\0" + bytes(4) + WEB)), {"gre"}),
    "gre with all": (ethernet(0x800, ip(47, b"\xb0\0\x86\xdd" + bytes(12) + WEB6)), {"gre"}),
    "mpls": (ethernet(0x8847, b"\0\0\x11\x40" + WEB), {"mpls"}),
    "mpls six": (ethernet(0x8847, b"\0\0\x11\x40" + WEB6), {"mpls"}),
    "pppoe": (ethernet(0x8864, b"\x11\0\0\x09\0\0\0\x21" + WEB), {"ppp"}),
    "snap": (ethernet(100, b"\xaa\xaa\x03\0\0\0\x08\0" + WEB), {"snap"}),
    "6in4": (ethernet(0x800, ip(41, WEB6)), {"six_in_four"}),
    "ipip": (ethernet(0x800, ip(4, WEB)), {"four_in_four"}),
}
LINKS = {
    "cooked": (113, bytes(14) + b"\x08\0" + WEB),
    "cooked, tagged": (113, bytes(14) + b"\x86\xdd" + WEB6),
    "cooked 2": (276, b"\x08\0" + bytes(18) + WEB),
    "null, little": (0, b"\x02\0\0\0" + WEB),
    "null, big": (0, b"\0\0\0\x02" + WEB),
    "null, macOS IPv6": (0, b"\x1e\0\0\0" + WEB6),
    "loop": (108, b"\0\0\0\x18" + WEB6),
    "raw 4": (101, WEB),
    "raw 6": (101, WEB6),
    "raw, OpenBSD": (14, WEB),
    "raw, DLT": (12, WEB6),
    "ipv4": (228, WEB),
    "ipv6": (229, WEB6),
    "ppp": (9, b"\0\x21" + WEB),
    "ppp, framed": (9, b"\xff\x03\0\x57" + WEB6),
}


@pytest.mark.parametrize("name", PACKETS)
def test_on_ethernet(name: str) -> None:
    packet, expected = PACKETS[name]
    text = "\n".join(f"filter {one} {{ {body} }}" for one, body in FILTERS.items())
    filters = resolve_files([parse_file(Source("headers", text))], 1).filters
    assert {one.name for one in filters if accepts(one.formula, packet)} == expected


@pytest.mark.parametrize("name", LINKS)
def test_link_types(name: str) -> None:
    link_type, packet = LINKS[name]
    (one,) = resolve_files([parse_file(Source("web", "filter web { tcp.dport == 80 }"))], link_type).filters
    assert accepts(one.formula, packet)
    assert not accepts(one.formula, packet[:-17])
