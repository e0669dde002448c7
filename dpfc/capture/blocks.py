"""The kinds of pcapng block that hold a packet: walking the rare ones, and saying what is wrong with one.

    enhanced 6   type 4 | length 4 | interface 4 | time 8 | captured 4 | wire 4 | data | length 4
    old      2   type 4 | length 4 | interface 2, drops 2 | time 8 | captured 4 | wire 4 | data | length 4
    simple   3   type 4 | length 4 | wire 4 | data | length 4: of interface 0, cut to its snapshot length

In: a buffer with a whole block, the section's interfaces. Out: as from `dpfc.capture.walker`, or the refusal
of a block.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

from dpfc.capture.chunk import MAX_RECORDS, RECORD, ByteOrder, Interface, Layout
from dpfc.capture.linktype import sane_maximum
from dpfc.capture.walker import ENHANCED_BYTES, ENHANCED_DATA, ENHANCED_PACKET, Stop, Walked
from runtime import limits

OLD_PACKET = 2
SIMPLE_PACKET = 3
LAYOUTS = {ENHANCED_PACKET: Layout.BLOCK, OLD_PACKET: Layout.BLOCK, SIMPLE_PACKET: Layout.SIMPLE}
"""The kinds that hold a packet."""

_SIMPLE_BYTES = 16
_SIMPLE_DATA = 12


@dataclass(frozen=True, slots=True)
class Section:
    """What blocks are read by.

    Args:
        order: byte order of the section.
        interfaces: those described so far.
    """

    order: ByteOrder
    interfaces: tuple[Interface, ...] = ()

    @property
    def limit(self) -> int:
        """The most captured bytes believed: the largest snapshot length of an interface, within reason."""
        return min(limits.MAX_MESSAGE_BYTES, max((_snaplen(each) for each in self.interfaces), default=0))


@dataclass(frozen=True, slots=True)
class PacketBlock:
    """The numbers in a block that holds a packet; `room` is how many bytes of data its length allows."""

    interface: int
    captured: int
    wire: int
    room: int
    data: int


def _snaplen(interface: Interface) -> int:
    if 0 < interface.snaplen < 1 << 31:
        return interface.snaplen
    return sane_maximum(interface.link_type)


def parse_packet(kind: int, section: Section, block: memoryview) -> PacketBlock:
    """Return what `block`, of a kind in `LAYOUTS` and long enough for it, says; none of it is checked."""
    mark = "<" if section.order == "le" else ">"
    if kind == SIMPLE_PACKET:
        (wire,) = struct.unpack_from(mark + "8xI", block)
        captured = min(wire, _snaplen(section.interfaces[0])) if section.interfaces else wire
        return PacketBlock(0, captured, wire, len(block) - _SIMPLE_BYTES, _SIMPLE_DATA)
    field = "8xI8xII" if kind == ENHANCED_PACKET else "8xHxx8xII"
    interface, captured, wire = struct.unpack_from(mark + field, block)
    return PacketBlock(interface, captured, wire, len(block) - ENHANCED_BYTES, ENHANCED_DATA)


def walk_rare(kind: int, section: Section, buffer: memoryview, start: int) -> Walked:
    """Walk blocks of one `kind`, old or simple, from `start`, under the contract of `Walkers.walk_pcapng`."""
    head = struct.Struct("<II" if section.order == "le" else ">II")
    trailer = struct.Struct("<I" if section.order == "le" else ">I")
    smallest = smallest_block(kind)
    records = bytearray()
    stop = Stop.FULL
    for _ in range(MAX_RECORDS):
        room = len(buffer) - start
        found, total = head.unpack_from(buffer, start) if room >= smallest else (kind, 0)
        if room < smallest or (found == kind and total > room):
            stop = Stop.INCOMPLETE
            break
        stop = Stop.OTHER
        if found != kind or total < smallest or total % 4:
            break
        if trailer.unpack_from(buffer, start + total - 4)[0] != total:
            break
        packet = parse_packet(kind, section, buffer[start : start + total])
        if packet.interface >= len(section.interfaces) or packet.captured > min(packet.room, section.limit):
            break
        records += RECORD.pack(start + packet.data, packet.captured, packet.wire, packet.interface)
        start += total
        stop = Stop.FULL
    return Walked(start, stop, memoryview(records))


def smallest_block(kind: int) -> int:
    """Return the length of a block of `kind` without data."""
    return _SIMPLE_BYTES if kind == SIMPLE_PACKET else ENHANCED_BYTES


def explain_packet(kind: int, section: Section, block: memoryview) -> tuple[str, str]:
    """Return the code and the rest of the sentence for a whole, well-framed `block` that no walk takes."""
    if len(block) < smallest_block(kind):
        return "CAP010", f"is in a block of {len(block)} bytes, too short for its kind"
    packet = parse_packet(kind, section, block)
    if packet.interface >= len(section.interfaces):
        known = len(section.interfaces)
        return "CAP009", f"is of interface {packet.interface}, its section describes {known}"
    claim = f"claims {packet.captured} captured bytes"
    if packet.captured > section.limit:
        return "CAP007", f"{claim}, more than the snapshot length {section.limit}"
    return "CAP010", f"{claim}, its block has room for {packet.room}"
