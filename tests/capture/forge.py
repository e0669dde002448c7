"""Small captures made for tests, in every form that is read."""

from __future__ import annotations

import gzip
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import zstandard

DATA = (b"", b"\x01", bytes(range(60)), b"abcd" * 5, b"\xff" * 33)
"""What the packets of every forged capture hold; they are 7 bytes longer on the wire."""

SECONDS = 1_700_000_000


@dataclass(frozen=True, slots=True)
class Forged:
    """A capture; `ends` are the offsets after its packets, in order."""

    name: str
    content: bytes
    ends: tuple[int, ...]
    nanoseconds: int  # of the first packet; the others follow with one unit of time between them
    unit: int  # nanoseconds


def forge_pcap(
    mark: str, magic: int, version: tuple[int, int] = (2, 4), swapped: bool = False, snaplen: int = 65535
) -> Forged:
    unit = 1 if magic == 0xA1B23C4D else 1000
    content = struct.pack(mark + "IHHiIII", magic, *version, 0, 0, snaplen, 1)
    ends = []
    for index, data in enumerate(DATA):
        lengths = (len(data) + 7, len(data)) if swapped else (len(data), len(data) + 7)
        content += struct.pack(mark + "IIII", SECONDS, 5 + index, *lengths)
        content += bytes(8) if magic == 0xA1B2CD34 else b""
        content += data
        ends.append(len(content))
    order = "le" if mark == "<" else "be"
    name = f"pcap {order} {magic:x} {version[0]}.{version[1]}{' swapped' * swapped}"
    return Forged(name, content, tuple(ends), 5 * unit, unit)


def block(mark: str, kind: int, body: bytes) -> bytes:
    body += bytes(-len(body) % 4)
    total = struct.pack(mark + "I", len(body) + 12)
    return struct.pack(mark + "I", kind) + total + body + total


def section(mark: str) -> bytes:
    return block(mark, 0x0A0D0D0A, struct.pack(mark + "IHHq", 0x1A2B3C4D, 1, 0, -1))


def interface(mark: str, link_type: int = 1, snaplen: int = 65535, resolution: int | None = None) -> bytes:
    options = b"" if resolution is None else struct.pack(mark + "HHBxxxHH", 9, 1, resolution, 0, 0)
    return block(mark, 1, struct.pack(mark + "HHI", link_type, 0, snaplen) + options)


def enhanced(mark: str, data: bytes, ticks: int = 0, number: int = 0) -> bytes:
    head = struct.pack(mark + "IIIII", number, ticks >> 32, ticks & 0xFFFF_FFFF, len(data), len(data) + 7)
    return block(mark, 6, head + data)


def old_packet(mark: str, data: bytes, ticks: int = 0, number: int = 0) -> bytes:
    head = struct.pack(mark + "HHIIII", number, 9, ticks >> 32, ticks & 0xFFFF_FFFF, len(data), len(data) + 7)
    return block(mark, 2, head + data)


def forge_pcapng(mark: str, resolution: int | None, packet: Callable[[str, bytes, int], bytes]) -> Forged:
    ticks = 10**9 if resolution == 9 else 10**6
    content = section(mark) + block(mark, 0xBAD, b"skip me") + interface(mark, resolution=resolution)
    ends = []
    for index, data in enumerate(DATA):
        content += packet(mark, data, SECONDS * ticks + 5 + index)
        ends.append(len(content))
        content += block(mark, 5, b"statistics!!")
    order = "le" if mark == "<" else "be"
    unit = 10**9 // ticks
    name = f"pcapng {order} {packet.__name__} {resolution}"
    return Forged(name, content, tuple(ends), 5 * unit, unit)


def forge_all() -> Iterator[Forged]:
    for mark in "<>":
        for magic in (0xA1B2C3D4, 0xA1B23C4D, 0xA1B2CD34):
            yield forge_pcap(mark, magic)
        yield forge_pcap(mark, 0xA1B2C3D4, (2, 2), swapped=True)
        yield forge_pcap(mark, 0xA1B2C3D4, (2, 3), swapped=True)
        yield forge_pcap(mark, 0xA1B2C3D4, (2, 3))
        yield forge_pcap(mark, 0xA1B2C3D4, (543, 0), swapped=True)
        for resolution in (None, 6, 9):
            yield forge_pcapng(mark, resolution, enhanced)
        yield forge_pcapng(mark, None, old_packet)


PACKINGS: dict[str, Callable[[bytes], bytes]] = {
    "plain": bytes,
    "gzip": gzip.compress,
    "gzip members": lambda content: gzip.compress(content[:40]) + gzip.compress(content[40:]),
    "zstd": zstandard.ZstdCompressor(write_checksum=True).compress,
    "zstd frames": lambda content: (
        zstandard.compress(content[:40])
        + b"\x5a\x2a\x4d\x18\x03\x00\x00\x00abc"
        + zstandard.compress(content[40:])
    ),
}
"""Every way in which a capture may be packed."""
