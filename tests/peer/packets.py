"""All packets of the shared captures, by link type, each laid out once for dpfc and for libpcap.

In: the captures. Out: one `Packets` for each link type in them. The packets of all captures of a link type
stand in one buffer, so that a filter set is compiled once for all of them.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from bench.peers.libpcap import Batch, make_batch
from dpfc.capture.reader import read_packets
from runtime.diagnostic import Refused


@dataclass(frozen=True, slots=True)
class Packets:
    """Packets of one link type.

    Args:
        buffer: all captured bytes, one packet after another.
        offsets: u64: where each packet starts in `buffer`.
        lengths: u32: captured bytes of each.
        wire_lengths: u32: bytes of each on the wire.
        origins: capture and number in it, from 1, of each.
    """

    buffer: bytes
    offsets: array[int]
    lengths: array[int]
    wire_lengths: array[int]
    origins: tuple[tuple[str, int], ...]

    def __len__(self) -> int:
        return len(self.origins)

    def batch(self) -> Batch:
        """Lay out the same packets for libpcap."""
        return make_batch(self.buffer, self.offsets, self.lengths, self.wire_lengths)

    def describe(self, index: int) -> str:
        """Name a packet and show its beginning, for a failing test."""
        capture, number = self.origins[index]
        data = self.buffer[self.offsets[index] :][: self.lengths[index]]
        return f"{capture} packet {number}: {data[:80].hex()}"


def gather_packets(captures: Iterable[Path]) -> dict[int, Packets]:
    """Read all `captures`, as far as they can be read, and sort their packets by link type."""
    found: dict[int, list[tuple[bytes, int, str, int]]] = {}
    for path in captures:
        capture = f"{path.parent.name}/{path.name}"
        try:
            for packet in read_packets(path):
                row = (bytes(packet.data), packet.wire_length, capture, packet.number)
                found.setdefault(packet.link_type, []).append(row)
        except Refused:
            continue  # a damaged capture counts as far as it goes; tests/capture is about the rest
    return {link_type: _lay_out(rows) for link_type, rows in found.items()}


def _lay_out(rows: list[tuple[bytes, int, str, int]]) -> Packets:
    lengths = array("I", (len(data) for data, _, _, _ in rows))
    offsets, total = array("Q"), 0
    for length in lengths:
        offsets.append(total)
        total += length
    wire_lengths = array("I", (wire for _, wire, _, _ in rows))
    origins = tuple((capture, number) for _, _, capture, number in rows)
    return Packets(b"".join(row[0] for row in rows), offsets, lengths, wire_lengths, origins)
