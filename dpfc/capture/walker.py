"""The walk over packet records: its contract, and the reference engine in Python.

In: a buffer and where a record starts in it. Out: the records of as many packets as are there complete and
plausible, where the walk stopped, and why. `dpfc.capture.walk` writes the same walks as IR programs, which
run natively; the ones here run where that does not, and are what the tests compare with.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from enum import IntEnum
from typing import Literal, Protocol, TypeAlias

from dpfc.capture.chunk import MAX_RECORDS, RECORD, RECORD_BYTES, ByteOrder

Lengths: TypeAlias = Literal["captured_first", "wire_first", "either"]
"""The order of a record's two lengths; `either`: the smaller one is the captured length (version 2.3)."""


class Stop(IntEnum):
    """Why a walk ended."""

    FULL = 0  # `MAX_RECORDS` packets; there may be more
    INCOMPLETE = 1  # the next record is not entirely in the buffer
    OTHER = 2  # what is next is not a plausible packet: damage, or another kind of block


@dataclass(frozen=True, slots=True)
class PcapForm:
    """A kind of classic pcap: one walk is compiled for each.

    Args:
        order: byte order of the record headers.
        lengths: the order of their two lengths.
        header: their size in bytes, 16 or (patched) 24.
    """

    order: ByteOrder
    lengths: Lengths
    header: int


@dataclass(frozen=True, slots=True)
class Walked:
    """What a walk found.

    Args:
        next: offset of the first record not taken.
        stop: why.
        records: `RECORD_BYTES` for each packet.
    """

    next: int
    stop: Stop
    records: memoryview


class Walkers(Protocol):
    """The walks of one engine."""

    def walk_pcap(self, form: PcapForm, buffer: memoryview, start: int, limit: int, snaplen: int) -> Walked:
        """Walk the records from `start`.

        Args:
            form: the kind of file.
            buffer: at most 2**26 bytes; `start` is inside or at its end.
            start: offset of a record header.
            limit: a captured length above it is not plausible.
            snaplen: packets are cut to it.
        """

    def walk_pcapng(
        self, order: ByteOrder, buffer: memoryview, start: int, limit: int, interfaces: int
    ) -> Walked:
        """Walk enhanced packet blocks from `start`; anything else ends the walk with `Stop.OTHER`.

        Args:
            order: byte order of the section.
            buffer: at most 2**26 bytes; `start` is inside or at its end.
            start: offset of a block.
            limit: a captured length above it is not plausible.
            interfaces: how many there are.
        """


class PythonWalkers:
    """The reference engine."""

    def walk_pcap(self, form: PcapForm, buffer: memoryview, start: int, limit: int, snaplen: int) -> Walked:
        """See `Walkers`."""
        lengths = struct.Struct("<8xII" if form.order == "le" else ">8xII")
        records = bytearray()
        for _ in range(MAX_RECORDS):
            room = len(buffer) - start - form.header
            if room < 0:
                return _stop(start, Stop.INCOMPLETE, records)
            captured, wire = lengths.unpack_from(buffer, start)
            if form.lengths == "wire_first" or (form.lengths == "either" and captured > wire):
                captured, wire = wire, captured
            if captured > limit:
                return _stop(start, Stop.OTHER, records)
            if captured > room:
                return _stop(start, Stop.INCOMPLETE, records)
            records += RECORD.pack(start + form.header, min(captured, snaplen), wire, 0)
            start += form.header + captured
        return _stop(start, Stop.FULL, records)

    def walk_pcapng(
        self, order: ByteOrder, buffer: memoryview, start: int, limit: int, interfaces: int
    ) -> Walked:
        """See `Walkers`."""
        block = struct.Struct("<IIIIIII" if order == "le" else ">IIIIIII")
        trailer = struct.Struct("<I" if order == "le" else ">I")
        records = bytearray()
        for _ in range(MAX_RECORDS):
            room = len(buffer) - start
            if room < ENHANCED_BYTES:
                return _stop(start, Stop.INCOMPLETE, records)
            kind, total, interface, _, _, captured, wire = block.unpack_from(buffer, start)
            if kind != ENHANCED_PACKET or total < ENHANCED_BYTES or total % 4:
                return _stop(start, Stop.OTHER, records)
            if total > room:
                return _stop(start, Stop.INCOMPLETE, records)
            plausible = captured <= min(limit, total - ENHANCED_BYTES) and interface < interfaces
            if not plausible or trailer.unpack_from(buffer, start + total - 4)[0] != total:
                return _stop(start, Stop.OTHER, records)
            records += RECORD.pack(start + ENHANCED_DATA, captured, wire, interface)
            start += total
        return _stop(start, Stop.FULL, records)


ENHANCED_PACKET = 6
ENHANCED_BYTES = 32
"""An enhanced packet block without data: type, length, interface, time (2), captured, wire, length again."""
ENHANCED_DATA = 28
"""Where its data start."""


def _stop(start: int, stop: Stop, records: bytearray) -> Walked:
    assert len(records) % RECORD_BYTES == 0
    return Walked(start, stop, memoryview(records))
