"""The 5-tuple of a packet, read in Python: what compiled extraction is tested against.

In: the captured bytes and the link type. Out: a `FiveTuple`, or None for a packet to which no rule applies.
It is what the header library says of the outermost IP header on the shortest stack to it: no tags, no
tunnels.

    link header | IPv4: protocol at 9, src at 12, dst at 16, options to ihl * 4 | ports at 0, 2
                | IPv6: next at 6, src at 8, dst at 24, extensions from 40 on   | ports at 0, 2
"""

from __future__ import annotations

from dataclasses import dataclass

from dpfc.rules.ruleset import Family

_PORT_PROTOCOLS = frozenset({6, 17, 132, 136})
"""TCP, UDP, SCTP, UDP-Lite: all begin with source and destination port."""

_TYPES: dict[int, Family] = {0x0800: "ipv4", 0x86DD: "ipv6"}
_PPP_TYPES: dict[int, Family] = {0x0021: "ipv4", 0x0057: "ipv6"}
_VERSIONS: dict[int, Family] = {4: "ipv4", 6: "ipv6"}
_LOOP_FAMILIES: dict[int, Family] = {2: "ipv4", 10: "ipv6", 24: "ipv6", 28: "ipv6", 30: "ipv6"}
_NULL_FAMILIES = _LOOP_FAMILIES | {key << 24: family for key, family in _LOOP_FAMILIES.items()}

_LINKS: dict[int, tuple[int, int, int, dict[int, Family]]] = {
    0: (0, 4, 4, _NULL_FAMILIES),
    1: (12, 2, 14, _TYPES),
    108: (0, 4, 4, _LOOP_FAMILIES),
    113: (14, 2, 16, _TYPES),
    276: (0, 2, 20, _TYPES),
}
"""By link type: where the type of what follows is, its bytes, where that starts, and its numbers."""

_RAW = frozenset({12, 14, 101})
_ONLY: dict[int, Family] = {228: "ipv4", 229: "ipv6"}
_PPP = frozenset({9, 50})
_FRAMED = b"\xff\x03"

_MAX_EXTENSIONS = 8
_OPTIONS = frozenset({0, 43, 60, 135, 139, 140})
_AUTHENTICATION = 51
_FRAGMENT = 44


@dataclass(frozen=True, slots=True)
class FiveTuple:
    """What rules look at.

    Args:
        family: of the IP header.
        src: the address as a number.
        dst: likewise.
        ports: source and destination; None where the packet has none: another protocol, a later fragment, or
            cut before their end.
        protocol: over IPv6 the first header that is no extension, 44 in a later fragment.
    """

    family: Family
    src: int
    dst: int
    ports: tuple[int, int] | None
    protocol: int


def extract_five_tuple(message: bytes | memoryview, link_type: int) -> FiveTuple | None:
    """Return the 5-tuple of a packet; None when it has no whole IP header right behind the link header."""
    found = _find_network(message, link_type)
    if found is None:
        return None
    family, start = found
    return _read_ipv4(message, start) if family == "ipv4" else _read_ipv6(message, start)


def _find_network(message: bytes | memoryview, link_type: int) -> tuple[Family, int] | None:
    """Return which IP header there is, and where."""
    if link_type in _ONLY:
        return _ONLY[link_type], 0
    if link_type in _RAW:
        version = _VERSIONS.get(message[0] >> 4) if len(message) else None
        return (version, 0) if version else None
    if link_type in _PPP:
        framed = message[:2] == _FRAMED
        if link_type == 9 or framed:
            return _find_typed(message, (2, 2, 4, _PPP_TYPES) if framed else (0, 2, 2, _PPP_TYPES))
        return None
    link = _LINKS.get(link_type)
    return None if link is None else _find_typed(message, link)


def _find_typed(
    message: bytes | memoryview, link: tuple[int, int, int, dict[int, Family]]
) -> tuple[Family, int] | None:
    place, width, end, families = link
    family = families.get(_number(message, place, width)) if len(message) >= place + width else None
    return (family, end) if family else None


def _read_ipv4(message: bytes | memoryview, start: int) -> FiveTuple | None:
    if len(message) < start + 20:
        return None
    protocol = message[start + 9]
    first = _number(message, start + 6, 2) & 0x1FFF == 0
    ports = _read_ports(message, start + (message[start] & 0x0F) * 4, protocol) if first else None
    src, dst = _number(message, start + 12, 4), _number(message, start + 16, 4)
    return FiveTuple("ipv4", src, dst, ports, protocol)


def _read_ipv6(message: bytes | memoryview, start: int) -> FiveTuple | None:
    if len(message) < start + 40:
        return None
    protocol, place = message[start + 6], start + 40
    for _ in range(_MAX_EXTENSIONS):
        step = _pass_extension(message, place, protocol)
        if step is None:
            break
        protocol, place = step
    ports = _read_ports(message, place, protocol)
    return FiveTuple(
        "ipv6", _number(message, start + 8, 16), _number(message, start + 24, 16), ports, protocol
    )


def _pass_extension(message: bytes | memoryview, place: int, protocol: int) -> tuple[int, int] | None:
    """Return (protocol, place) behind an extension header; None when there is none, or it was cut off."""
    if protocol == _FRAGMENT:
        if len(message) < place + 4 or _number(message, place + 2, 2) & 0xFFF8:
            return None
        return message[place], place + 8
    if len(message) < place + 2:
        return None
    if protocol in _OPTIONS:
        return message[place], place + (message[place + 1] + 1) * 8
    return (message[place], place + (message[place + 1] + 2) * 4) if protocol == _AUTHENTICATION else None


def _read_ports(message: bytes | memoryview, place: int, protocol: int) -> tuple[int, int] | None:
    if protocol not in _PORT_PROTOCOLS or len(message) < place + 4:
        return None
    return _number(message, place, 2), _number(message, place + 2, 2)


def _number(message: bytes | memoryview, place: int, width: int) -> int:
    return int.from_bytes(message[place : place + width], "big")
