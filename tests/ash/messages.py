"""Messages and memories for handlers: plausible ones, and those with something wrong."""

from __future__ import annotations

import random
from pathlib import Path

from dpfc.capture.reader import read_packets

CAPTURES = Path(__file__).parents[2] / "examples" / "captures"
PORTS = (7, 80, 9, 53)
NUMBERS = ((0, 2), (1, 2), (5, 2), (700, 2), (0, 4), (8, 4), (40, 4), (4000, 4), (1 << 31, 4))
"""With their sizes in bytes."""


def make_datagram(draw: random.Random, payload: bytes) -> bytes:
    """Return a frame with Ethernet, IPv4 and UDP headers."""
    port = draw.choice(PORTS)
    udp = draw.randbytes(2) + port.to_bytes(2, "big") + (8 + len(payload)).to_bytes(2, "big") + bytes(2)
    length = (28 + len(payload)).to_bytes(2, "big")
    ip = b"\x45\0" + length + bytes(4) + b"\x40\x11\0\0" + draw.randbytes(8)
    return draw.randbytes(12) + b"\x08\0" + ip + udp + payload


def list_frames() -> list[bytes]:
    """Return the frames of the examples' captures."""
    paths = sorted(CAPTURES.glob("*.pcap"))
    return [bytes(packet.data) for path in paths for packet in read_packets(path)]


def draw_payload(draw: random.Random) -> bytes:
    """Return a payload whose first numbers are small in most cases: they are indices, offsets, counts."""
    size = draw.choice((0, 3, 8, 14, 20, 64, 200, 1400))
    drawn = (draw.choice(NUMBERS) for _ in range(4))
    numbers = b"".join(number.to_bytes(size, "big") for number, size in drawn)
    return (numbers + draw.randbytes(1400))[:size]


def draw_message(draw: random.Random, frames: list[bytes], most: int) -> bytes:
    """Return a message of at most `most` bytes."""
    kind = draw.randrange(4)
    if kind == 0:
        message = draw_payload(draw)
    elif kind == 1:
        message = draw.choice(frames)
    else:
        message = make_datagram(draw, draw_payload(draw))
    return mutate(draw, message)[:most]


def mutate(draw: random.Random, message: bytes) -> bytes:
    """Return the message, in one of three cases with bytes changed, cut off or added."""
    changed = bytearray(message)
    if draw.randrange(3) == 0:
        for _ in range(draw.randrange(4)):
            if changed:
                changed[draw.randrange(len(changed))] = draw.choice((0, 1, 0x7F, 0xFF, draw.randrange(256)))
    if draw.randrange(9) == 0:
        del changed[draw.randrange(len(changed) + 1) :]
    if draw.randrange(9) == 0:
        changed += draw.randbytes(draw.randrange(20))
    return bytes(changed)


def draw_memory(draw: random.Random, size: int) -> bytes:
    """Return what a region may hold: small numbers, zeros, anything."""
    kind = draw.randrange(3)
    if kind == 0:
        return bytes(size)
    if kind == 1:
        return draw.randbytes(size)
    words = (draw.choice((0, 0, 1, 3, 7, 64, 512)).to_bytes(4, "little") for _ in range(size // 4 + 1))
    return b"".join(words)[:size]
