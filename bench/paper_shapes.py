"""The filters of the DPF paper's tables, written out, with frames for them.

Ports: TCP/IP filters that differ in the destination port only, where the IP header's length is fixed, and
where it is read from the packet. Depth: one filter of so many protocol levels, two atoms each. Of the frames,
half are accepted, half have one atom's field changed.

Source: Engler and Kaashoek, SIGCOMM 1996 (figure 1, tables 2 and 3, figure 3).
"""

from __future__ import annotations

import random
import struct
from array import array
from typing import Literal, TypeAlias

from bench.scale_workload import FRAME_BYTES, PACKETS, Scale, lay_out_frames

PORT_COUNTS = tuple(range(1, 11))
DEPTHS = tuple(range(1, 9))

Header: TypeAlias = Literal["fixed", "variable"]

_HOST, _CLIENT_PORT, _FIRST_PORT = 0x121A0409, 1234, 4321
_ETHERNET_BYTES, _TCP = 14, 6
_SHIFT = {"fixed": "shift 20", "variable": "shift ((0:8) & 0x0f) << 2"}
_LEVEL = struct.Struct(">HH")


def make_port_filters(count: int, header: Header) -> Scale:
    """Make `count` filters that differ in the port; where `header` varies, some packets have IP options."""
    chance = random.Random(count)
    ports = range(_FIRST_PORT, _FIRST_PORT + count)
    filters = "".join(
        f"filter port{port} {{ 12:16 == 0x0800; shift 14; 9:8 == {_TCP}; 12:32 == {_HOST:#x}; "
        f"{_SHIFT[header]}; 0:16 == {_CLIENT_PORT}; 2:16 == {port} }}\n"
        for port in ports
    )
    answers = _choose(chance, count)
    words = (5,) if header == "fixed" else (5, 6, 7, 8)
    frames = []
    for number in answers:
        fields = [_HOST, _CLIENT_PORT, chance.choice(ports) if number == 0 else ports[number - 1]]
        if number == 0:  # beyond every port, or a value that no filter has
            fields[chance.randrange(3)] += 1000
        frames.append(_pack_tcp(chance.choice(words), *fields))
    return _make_scale(f"{count} ports, {header} header", filters, frames, answers)


def make_depth_filter(levels: int) -> Scale:
    """Make one filter of `levels` levels; each tests a type and an address, and moves on to the next."""
    chance = random.Random(levels)
    values = [(chance.randrange(1 << 16), chance.randrange(1 << 16)) for _ in range(levels)]
    atoms = (f"0:16 == {kind}; 2:16 == {address}; shift {_LEVEL.size}" for kind, address in values)
    text = f"filter deep {{ shift {_ETHERNET_BYTES}; {'; '.join(atoms)} }}\n"
    answers = _choose(chance, 1)
    payload = b"".join(_LEVEL.pack(*pair) for pair in values)
    frames = []
    for number in answers:
        frame = bytearray((bytes(_ETHERNET_BYTES) + payload).ljust(FRAME_BYTES, b"\0"))
        if number == 0:
            frame[_ETHERNET_BYTES + chance.randrange(len(payload))] ^= 1 << chance.randrange(8)
        frames.append(bytes(frame))
    return _make_scale(f"depth {levels}", text, frames, answers)


def _choose(chance: random.Random, count: int) -> array[int]:
    """Return the answers: half of them filters, half none, shuffled."""
    answers = [chance.randrange(count) + 1 if number % 2 else 0 for number in range(PACKETS)]
    chance.shuffle(answers)
    return array("I", answers)


def _pack_tcp(words: int, host: int, client_port: int, port: int) -> bytes:
    """Make a frame; `words` is the length of the IP header in units of four bytes."""
    first = 0x40 | words
    ipv4 = struct.pack(">BBHHHBBHII", first, 0, FRAME_BYTES - 14, 1, 0x4000, 64, _TCP, 0, host, 0x0A000001)
    options = bytes(4 * words - len(ipv4))
    frame = bytes(12) + b"\x08\0" + ipv4 + options + struct.pack(">HH", client_port, port)
    return frame.ljust(FRAME_BYTES, b"\0")


def _make_scale(name: str, text: str, frames: list[bytes], answers: array[int]) -> Scale:
    return Scale(name, text, "", (), (), lay_out_frames(name, frames), answers)
