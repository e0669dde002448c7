"""5-tuples are what the header library says, on real captures and on packets cut anywhere."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dpfc.capture.reader import read_packets
from dpfc.formula import Filter
from dpfc.language.parse import parse_file
from dpfc.naive import accepts
from dpfc.resolve import resolve_files
from dpfc.rules.extract import FiveTuple, extract_five_tuple
from runtime.diagnostic import Refused
from runtime.source import Source
from tests.captures import MISSING, SHARED, shared_captures
from tests.dpf.test_headers import FRAGMENT6, LATER6, PACKETS, TCP, WEB, WEB6, ethernet, ip, ip6

EXISTENCE = """
filter four  { ipv4.src in 0.0.0.0/0; ipv4.dst in 0.0.0.0/0; ipv4.protocol in 0..255 }
filter six   { ipv6.src in ::/0; ipv6.dst in ::/0; ipv6.protocol in 0..255 }
filter tcp4  { ipv4; tcp.sport in 0..65535; tcp.dport in 0..65535 }
filter udp4  { ipv4; udp.sport in 0..65535; udp.dport in 0..65535 }
filter sctp4 { ipv4; sctp.sport in 0..65535; sctp.dport in 0..65535 }
filter tcp6  { ipv6; tcp.sport in 0..65535; tcp.dport in 0..65535 }
filter udp6  { ipv6; udp.sport in 0..65535; udp.dport in 0..65535 }
filter sctp6 { ipv6; sctp.sport in 0..65535; sctp.dport in 0..65535 }
"""
WITH_PORTS = {6: "tcp", 17: "udp", 132: "sctp"}
LINK_TYPES = (0, 1, 9, 12, 14, 50, 101, 108, 113, 147, 228, 229, 276)


def _resolve(text: str, link_type: int) -> dict[str, Filter]:
    filters = resolve_files([parse_file(Source("x", text))], link_type).filters
    return {one.name: one for one in filters}


def _exists(filters: dict[str, Filter], message: bytes) -> tuple[str, int | None]:
    """Return the IP version and the protocol with ports that the filters find."""
    for family, digit in (("ipv4", 4), ("ipv6", 6)):
        if accepts(filters["four" if digit == 4 else "six"].formula, message):
            for protocol, name in WITH_PORTS.items():
                if accepts(filters[f"{name}{digit}"].formula, message):
                    return family, protocol
            return family, None
    return "", None


def _check_existence(filters: dict[str, Filter], message: bytes, found: FiveTuple | None) -> None:
    family, protocol = _exists(filters, message)
    assert (found.family if found else "") == family
    if found and found.protocol != 136:  # the library has no UDP-Lite
        assert (found.protocol if found.ports is not None else None) == protocol


def _address(number: int, family: str) -> str:
    if family == "ipv4":
        return ".".join(map(str, number.to_bytes(4, "big")))
    return ":".join(f"{number >> shift & 0xFFFF:x}" for shift in range(112, -16, -16))


def _check_values(tuples: dict[FiveTuple, bytes], link_type: int) -> None:
    """Each 5-tuple, written as a filter, accepts its packet."""
    text = ""
    for number, one in enumerate(tuples):
        src, dst = _address(one.src, one.family), _address(one.dst, one.family)
        text += f"filter f{number} {{ {one.family}.src == {src}; {one.family}.dst == {dst}; "
        text += f"{one.family}.protocol == {one.protocol}"
        if one.ports is not None and (layer := WITH_PORTS.get(one.protocol)):
            text += f"; {layer}.sport == {one.ports[0]}; {layer}.dport == {one.ports[1]}"
        text += " }\n"
    filters = _resolve(text, link_type)
    for number, (one, message) in enumerate(tuples.items()):
        assert accepts(filters[f"f{number}"].formula, message), one


def _choose_captures() -> list[Path]:
    """Return some captures of every link type, of Ethernet more."""
    chosen: dict[tuple[int, ...], list[Path]] = {}
    for capture in shared_captures():
        if capture.packets and not capture.broken:
            chosen.setdefault(capture.link_types, []).append(capture.path)
    most: dict[tuple[int, ...], int] = {(1,): 60}
    return [
        path for types, paths in chosen.items() for path in paths[:: max(1, len(paths) // most.get(types, 6))]
    ]


@pytest.mark.skipif(not SHARED.exists(), reason=MISSING)
def test_real_captures() -> None:
    filters: dict[int, dict[str, Filter]] = {}
    tuples: dict[int, dict[FiveTuple, bytes]] = {}
    for path in _choose_captures():
        try:
            packets = [(one.link_type, bytes(one.data)) for one in islice(read_packets(path), 40)]
        except Refused:
            continue
        for link_type, message in packets:
            if link_type not in filters:
                filters[link_type] = _resolve(EXISTENCE, link_type)
            found = extract_five_tuple(message, link_type)
            _check_existence(filters[link_type], message, found)
            if found:
                tuples.setdefault(link_type, {}).setdefault(found, message)
    assert len(tuples) >= 5
    assert {one.family for each in tuples.values() for one in each} == {"ipv4", "ipv6"}
    for link_type, each in tuples.items():
        _check_values(each, link_type)


LINK_HEADERS = {
    0: [b"\2\0\0\0", b"\0\0\0\2", b"\0\0\0\x1e", b"\x1e\0\0\0", b"\x18\0\0\0"],
    1: [ethernet(0x800, b""), ethernet(0x86DD, b""), ethernet(0x8100, b"\0\5\x08\0")],
    9: [b"\0\x21", b"\0\x57", b"\xff\x03\0\x21", b"\xff\x03\0\x57"],
    50: [b"\xff\x03\0\x21", b"\0\x21"],
    108: [b"\0\0\0\2", b"\0\0\0\x1e", b"\2\0\0\0"],
    113: [bytes(14) + b"\x08\0", bytes(14) + b"\x86\xdd"],
    276: [b"\x08\0" + bytes(18), b"\x86\xdd" + bytes(18)],
}
INNER = [
    WEB,
    WEB6,
    ip(17, TCP, options=3),
    ip(6, TCP, fragment=0x2000),
    ip(6, TCP, fragment=1),
    ip(132, TCP),
    ip(1, TCP),
    ip6(0, b"\x06\x01" + bytes(14) + TCP),
    ip6(51, b"\x06\x04" + bytes(22) + TCP),
    ip6(44, FRAGMENT6 + TCP),
    ip6(44, LATER6 + TCP),
    ip6(0, b"\0\0" + bytes(6) + b"\x2b\0" + bytes(6) + b"\x11\0" + bytes(6) + TCP),
    ip6(0, (b"\0\0" + bytes(6)) * 9 + TCP),
]


@pytest.mark.parametrize("link_type", LINK_TYPES)
def test_every_cut_of_every_packet(link_type: int) -> None:
    filters = _resolve(EXISTENCE, link_type)
    for head in LINK_HEADERS.get(link_type, [b""]):
        for inner in INNER:
            whole = head + inner
            for end in range(len(whole) + 1):
                message = whole[:end]
                _check_existence(filters, message, extract_five_tuple(message, link_type))


@settings(max_examples=200)
@given(st.sampled_from(INNER), st.lists(st.tuples(st.integers(0, 119), st.integers(0, 255)), max_size=4))
def test_changed_packets(inner: bytes, changes: list[tuple[int, int]]) -> None:
    message = bytearray(inner)
    for place, value in changes:
        message[place % len(message)] = value
    found = extract_five_tuple(bytes(message), 101)
    _check_existence(RAW, bytes(message), found)
    assert found == extract_five_tuple(memoryview(message), 101)


RAW = _resolve(EXISTENCE, 101)


def test_known_packets() -> None:
    web = FiveTuple("ipv4", 0x0A000001, 0x0A000002, (1234, 80), 6)
    assert extract_five_tuple(PACKETS["web"][0], 1) == web
    assert extract_five_tuple(WEB, 228) == web
    assert extract_five_tuple(ethernet(0x800, ip(136, TCP)), 1) == FiveTuple(
        "ipv4", 0x0A000001, 0x0A000002, (1234, 80), 136
    )
    assert extract_five_tuple(ethernet(0x800, ip(6, TCP, fragment=1)), 1) == FiveTuple(
        "ipv4", 0x0A000001, 0x0A000002, None, 6
    )
    later = extract_five_tuple(ip6(44, LATER6 + TCP), 229)
    assert later is not None
    assert (later.protocol, later.ports, later.src, later.dst) == (44, None, 1, 2)
    assert extract_five_tuple(ethernet(0x8100, b"\0\5\x08\0" + WEB), 1) is None
    assert extract_five_tuple(b"", 101) is None
