"""Classic pcap files: the file header, and the walk over the whole capture.

    header  magic 4 | major 2 | minor 2 | zone 4 | accuracy 4 | snaplen 4 | link type 4
    record  seconds 4 | fraction 4 | captured 4 | wire 4 | data
    patched seconds 4 | fraction 4 | captured 4 | wire 4 | interface 4 | protocol 2 | type 1 | pad 1 | data

In: a window at the start of a file whose magic is known. Out: chunks. What counts as damage is what libpcap
1.10 refuses, and a packet is cut to the snapshot length as there.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from dpfc.capture.chunk import NANOSECONDS, ByteOrder, Chunk, Interface, Layout
from dpfc.capture.damage import DELIVERED, Place
from dpfc.capture.linktype import canonical_link_type, sane_maximum
from dpfc.capture.walker import Lengths, PcapForm, Stop, Walkers
from dpfc.capture.window import Window

FILE_HEADER_BYTES = 24
_MICROSECONDS = 1_000_000
_MAGICS = {0xA1B2C3D4: _MICROSECONDS, 0xA1B23C4D: NANOSECONDS, 0xA1B2CD34: _MICROSECONDS}
_PATCHED_MAGIC = 0xA1B2CD34  # Kuznetzov's, 24-byte record headers
_RECORD_BYTES = 16
_PATCHED_BYTES = 24
_DGUX_VERSION = (543, 0)  # DG/UX tcpdump; lengths in the old order
_LINK_TYPE_MASK = 0x03FFFFFF
_ETHERNET = 1


@dataclass(frozen=True, slots=True)
class PcapHeader:
    """What a file header says, with the snapshot length made usable."""

    form: PcapForm
    interface: Interface
    limit: int


def is_pcap(head: bytes) -> bool:
    """True when the first four bytes are one of the magic numbers, in either byte order."""
    return any(int.from_bytes(head[:4], order) in _MAGICS for order in ("little", "big"))


def parse_header(head: bytes, place: Place) -> PcapHeader:
    """Return what the `FILE_HEADER_BYTES` of `head` say.

    Raises:
        Refused: CAP004 when there are fewer bytes, CAP005 for a version that was never written.
    """
    if len(head) < FILE_HEADER_BYTES:
        message = (
            f"the capture ends inside its file header, which has {FILE_HEADER_BYTES} bytes: {len(head)} there"
        )
        raise place.refuse("CAP004", message)
    order: ByteOrder = "le" if int.from_bytes(head[:4], "little") in _MAGICS else "be"
    mark = "<" if order == "le" else ">"
    magic, major, minor, snaplen, link = struct.unpack(mark + "IHH8xII", head[:FILE_HEADER_BYTES])
    if (major, minor) != _DGUX_VERSION and (major != 2 or minor > 4):
        raise place.refuse("CAP005", f"pcap version {major}.{minor} is not one that exists")
    link_type = canonical_link_type(link & _LINK_TYPE_MASK)
    if not 0 < snaplen < 1 << 31:
        snaplen = sane_maximum(link_type)
    if magic == _PATCHED_MAGIC and link_type == _ETHERNET:
        snaplen += 14  # captured in cooked mode, with the link header added afterwards
    header_bytes = _PATCHED_BYTES if magic == _PATCHED_MAGIC else _RECORD_BYTES
    return PcapHeader(
        PcapForm(order, _order_of_lengths(major, minor), header_bytes),
        Interface(link_type, snaplen, _MAGICS[magic], link_flags=link & ~_LINK_TYPE_MASK),
        sane_maximum(link_type),
    )


def _order_of_lengths(major: int, minor: int) -> Lengths:
    """Return which length comes first: they changed places at version 2.3, not in every program."""
    if (major, minor) == _DGUX_VERSION or minor < 3:
        return "wire_first"
    return "either" if minor == 3 else "captured_first"


def read_pcap(window: Window, walkers: Walkers, place: Place) -> Iterator[Chunk]:
    """Yield the packets of a classic capture.

    Raises:
        Refused: CAP004 to CAP007, or what the window failed with, after the packets before the damage.
    """
    window.advance(0, FILE_HEADER_BYTES)
    if len(window.buffer) < FILE_HEADER_BYTES and window.failure:
        raise window.failure
    header = parse_header(bytes(window.buffer[:FILE_HEADER_BYTES]), place)
    form = header.form
    layout = Layout.PATCHED if form.header == _PATCHED_BYTES else Layout.PCAP
    start, first = FILE_HEADER_BYTES, 1
    while True:
        walked = walkers.walk_pcap(form, window.buffer, start, header.limit, header.interface.snaplen)
        if walked.records:
            chunk = Chunk(window.buffer, walked.records, (header.interface,), layout, form.order, first)
            yield chunk
            first += len(chunk)
        start = walked.next
        if walked.stop is not Stop.FULL:
            need = _bytes_of_record(window, start, header, first, place)
            if len(window.buffer) - start < need:
                if window.final:
                    return _end(window, start, need, header, first, place)
                window.advance(start, need)
                start = 0


def _bytes_of_record(window: Window, start: int, header: PcapHeader, number: int, place: Place) -> int:
    """Return the size of the record at `start`, or of its header where that is not there yet."""
    if len(window.buffer) - start < header.form.header:
        return header.form.header
    mark = "<" if header.form.order == "le" else ">"
    captured, wire = struct.unpack_from(mark + "II", window.buffer, start + 8)
    if header.form.lengths == "wire_first" or (header.form.lengths == "either" and captured > wire):
        captured = wire
    if captured > header.limit:
        message = (
            f"packet {number} claims {captured} captured bytes, more than the {header.limit} of a real one"
        )
        raise place.refuse_at("CAP007", message, window.base + start, DELIVERED)
    return header.form.header + int(captured)


def _end(window: Window, start: int, need: int, header: PcapHeader, number: int, place: Place) -> None:
    """Return at the clean end of a capture; a rest that is less than a record is damage."""
    left = len(window.buffer) - start
    if window.failure:
        raise window.failure
    if left == 0:
        return
    part = "header"
    if left >= header.form.header:
        part, need, left = "data", need - header.form.header, left - header.form.header
    message = f"the capture ends inside packet {number}'s {part}: {need} bytes promised, {left} left"
    raise place.refuse_at("CAP006", message, window.base + start, DELIVERED)
