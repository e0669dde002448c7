"""What a capture reader hands out: a run of packets in one buffer, with one fixed-size record per packet.

    buffer   | ... header | data .......... | header | data ... |
    records  { offset u32, captured u32, wire u32, interface u32 } little endian, 16 bytes for each packet

A native loop walks `records` and loads from `buffer`: no copy, and no Python for a packet. What Python may
want to know besides (a timestamp) is read on demand from the file's own bytes, which stand before the data.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum
from typing import Literal, TypeAlias

ByteOrder: TypeAlias = Literal["le", "be"]

RECORD = struct.Struct("<IIII")
RECORD_BYTES = 16
MAX_RECORDS = 65536
"""The most packets in one chunk."""

NANOSECONDS = 1_000_000_000


class Layout(Enum):
    """Where the timestamp of a packet stands."""

    PCAP = "16 bytes before the data: seconds u32, fraction u32"
    PATCHED = "24 bytes before the data: the same"
    BLOCK = "16 bytes before the data: high u32, low u32 of a count in the interface's resolution"
    SIMPLE = "nowhere"


@dataclass(frozen=True, slots=True)
class Interface:
    """Where packets were captured.

    Args:
        link_type: a LINKTYPE_ number.
        snaplen: the most bytes captured of one packet, 0: no limit known.
        ticks: timestamp units in one second.
        epoch: seconds added to every timestamp.
        link_flags: the upper six bits of a pcap header's link type (frame check sequence), in place.
    """

    link_type: int
    snaplen: int
    ticks: int
    epoch: int = 0
    link_flags: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class Chunk:
    """Consecutive packets of one capture; its memory stays valid for as long as the chunk is held.

    Args:
        buffer: bytes of the capture; offsets in records count from its first byte.
        records: 16 bytes for each packet; at least one, at most `MAX_RECORDS` packets.
        interfaces: what a record's interface number means.
        layout: where timestamps stand.
        order: byte order of the capture's own numbers.
        first: the number of the first packet, counted from 1 over the whole capture.
    """

    buffer: memoryview = field(repr=False)
    records: memoryview = field(repr=False)
    interfaces: tuple[Interface, ...]
    layout: Layout
    order: ByteOrder
    first: int

    def __len__(self) -> int:
        return len(self.records) // RECORD_BYTES

    def record(self, index: int) -> tuple[int, int, int, int]:
        """Return (offset, captured, wire, interface) of packet `index`, counted from 0 in this chunk."""
        offset, captured, wire, interface = RECORD.unpack_from(self.records, index * RECORD_BYTES)
        return offset, captured, wire, interface

    def data(self, index: int) -> memoryview:
        """Return the captured bytes of packet `index`, read-only, without copying."""
        offset, captured, _, _ = self.record(index)
        return self.buffer[offset : offset + captured].toreadonly()

    def stamp(self, index: int) -> tuple[int, int]:
        """Return (seconds, nanoseconds) since 1970; a damaged capture may say 10**9 nanoseconds or more."""
        offset, _, _, number = self.record(index)
        interface = self.interfaces[number]
        mark = "<" if self.order == "le" else ">"
        match self.layout:
            case Layout.PCAP | Layout.PATCHED:
                place = offset - (16 if self.layout is Layout.PCAP else 24)
                seconds, fraction = struct.unpack_from(mark + "II", self.buffer, place)
                return seconds, fraction * (NANOSECONDS // interface.ticks)
            case Layout.BLOCK:
                high, low = struct.unpack_from(mark + "II", self.buffer, offset - 16)
                seconds, fraction = divmod(high << 32 | low, interface.ticks)
                return seconds + interface.epoch, fraction * NANOSECONDS // interface.ticks
            case Layout.SIMPLE:
                return 0, 0

    def runs(self) -> Iterator[tuple[int, int, int]]:
        """Yield (link type, first index, end index) for each longest run of packets with one link type."""
        numbers = self.records.cast("B").cast("I")[3::4].tolist() if self._is_mixed() else []
        start = 0
        for index in range(1, len(numbers)):
            if self.link_type(numbers[index]) != self.link_type(numbers[start]):
                yield self.link_type(numbers[start]), start, index
                start = index
        yield self.link_type(numbers[start] if numbers else self.record(0)[3]), start, len(self)

    def link_type(self, interface: int) -> int:
        """Return the link type of interface number `interface`."""
        return self.interfaces[interface].link_type

    def _is_mixed(self) -> bool:
        return any(i.link_type != self.interfaces[0].link_type for i in self.interfaces)
