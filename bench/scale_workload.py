"""Workloads of `make bench-scale`: N filters of one shape, and frames of which half hit one of them.

W1 is N TCP sessions by source, destination and both ports; W2 is N UDP destination ports. A frame is 64
bytes: Ethernet, IPv4 without options, ports. Half of the frames carry a filter's values, half the same with
one field changed so that no filter has them: a classifier cannot stop before it has compared every field.
All are shuffled, by a fixed seed.
"""

from __future__ import annotations

import random
import struct
from array import array
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import TypeAlias

from bench.workload import Workload

SIZES = (1, 10, 100, 1_000, 10_000, 100_000)
PACKETS = 4_096
MAX_PORTS = 60_000
"""W2 holds no more: there are 65,536 ports, and near misses need free ones."""

FRAME_BYTES = 64
_TCP, _UDP = 6, 17

Row: TypeAlias = tuple[int, ...]
_SESSION_BITS = (32, 16, 32, 16)
_SESSION_DPF = """\
filter conn(src, sport, dst, dport) {
    12:16 == 0x0800; 14:8 == 0x45; 23:8 == 6; 26:32 == src; 34:16 == sport; 30:32 == dst; 36:16 == dport
}
"""
_PORT_DPF = "filter port(dport) { 12:16 == 0x0800; 14:8 == 0x45; 23:8 == 17; 36:16 == dport }\n"


@dataclass(frozen=True, slots=True)
class Scale:
    """Filters, frames and the right answers.

    Args:
        name: of the workload.
        dpf: the filters; one template where there are `columns`.
        template: the name of the filter that the rows are instances of; empty: `dpf` is complete.
        columns: its parameters.
        rows: their values, one row per filter.
        packets: the frames.
        expected: u32, the number of the filter that accepts each frame, from 1; 0: none does.
    """

    name: str
    dpf: str
    template: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    packets: Workload
    expected: array[int]

    def csv_text(self) -> str:
        """Return the rows as `dpfc run --instances` reads them."""
        lines = [",".join(self.columns), *(",".join(map(str, row)) for row in self.rows)]
        return "\n".join(lines) + "\n"


def make_sessions(count: int) -> Scale:
    """Make W1: `count` TCP sessions."""
    chance = random.Random(count)
    sessions: dict[Row, None] = {}
    while len(sessions) < count:
        sessions[_draw(chance)] = None
    rows = tuple(sessions)
    packets, expected = _make_frames(chance, rows, sessions, _SESSION_BITS, _pack_session)
    return Scale("W1", _SESSION_DPF, "conn", ("src", "sport", "dst", "dport"), rows, packets, expected)


def make_ports(count: int) -> Scale:
    """Make W2: `count` UDP destination ports, or `MAX_PORTS` where more are asked for."""
    chance = random.Random(count)
    ports = chance.sample(range(1, 1 << 16), min(count, MAX_PORTS))
    rows = tuple((port,) for port in ports)
    packets, expected = _make_frames(chance, rows, set(rows), (16,), _pack_port)
    return Scale("W2", _PORT_DPF, "port", ("dport",), rows, packets, expected)


WORKLOADS: dict[str, Callable[[int], Scale]] = {"W1": make_sessions, "W2": make_ports}


def lay_out_frames(name: str, frames: list[bytes]) -> Workload:
    """Put frames of `FRAME_BYTES` one behind the other."""
    assert all(len(frame) == FRAME_BYTES for frame in frames), "all frames have one length"
    offsets = array("Q", range(0, FRAME_BYTES * len(frames), FRAME_BYTES))
    lengths = array("I", [FRAME_BYTES] * len(frames))
    return Workload(name, b"".join(frames), offsets, lengths, lengths)


def pack_frame(protocol: int, addresses: tuple[int, int], ports: tuple[int, int]) -> bytes:
    """Make a frame of 64 bytes; addresses and ports in the order source, destination."""
    ethernet = bytes.fromhex("020000000002 020000000001 0800")
    ipv4 = struct.pack(">BBHHHBBHII", 0x45, 0, FRAME_BYTES - 14, 1, 0x4000, 64, protocol, 0, *addresses)
    return (ethernet + ipv4 + struct.pack(">HH", *ports)).ljust(FRAME_BYTES, b"\0")


def _draw(chance: random.Random) -> Row:
    return tuple(chance.randrange(1, (1 << bits) - 1) for bits in _SESSION_BITS)


def _make_frames(
    chance: random.Random,
    rows: tuple[Row, ...],
    taken: Collection[Row],
    bits: tuple[int, ...],
    pack: Callable[[random.Random, Row], bytes],
) -> tuple[Workload, array[int]]:
    """Return the frames and their answers.

    Args:
        chance: decides.
        rows: the filters, the first is number 1.
        taken: what near misses must not be, quick to search.
        bits: the width of each field.
        pack: makes a frame with the fields of a row.
    """
    answers: list[tuple[int, Row]] = []
    for number in range(PACKETS):
        index = chance.randrange(len(rows))
        hit = number < PACKETS // 2
        answers.append((index + 1, rows[index]) if hit else (0, _miss(chance, rows[index], taken, bits)))
    chance.shuffle(answers)
    frames = [pack(chance, row) for _, row in answers]
    return lay_out_frames("64-byte frames", frames), array("I", (number for number, _ in answers))


def _miss(chance: random.Random, row: Row, taken: Collection[Row], bits: tuple[int, ...]) -> Row:
    """Return `row` with one field changed so that no filter has it."""
    while True:
        field = chance.randrange(len(row))
        near = (*row[:field], chance.randrange(1 << bits[field]), *row[field + 1 :])
        if near not in taken:
            return near


def _pack_session(_: random.Random, row: Row) -> bytes:
    source, sport, target, dport = row
    return pack_frame(_TCP, (source, target), (sport, dport))


def _pack_port(chance: random.Random, row: Row) -> bytes:
    """Make a frame to the port of `row`; the rest is of no account, so it varies."""
    source, sport, target, _ = _draw(chance)
    return pack_frame(_UDP, (source, target), (sport, row[0]))
