"""Instructions of eBPF as bytes: the few that the peers' programs need.

In: registers and numbers. Out: eight bytes for an instruction, sixteen for one with a map in it.

Source: RFC 9669.
"""

from __future__ import annotations

import struct
from typing import Literal, TypeAlias

Width: TypeAlias = Literal[1, 2, 4, 8]

ADD, AND, SHIFT, SHIFT_DOWN, SET = 0x07, 0x57, 0x67, 0x77, 0xB7
ADD_REGISTER, XOR, COPY = 0x0F, 0xA7, 0xBF
IF_EQUAL, IF_OTHER, IF_LESS, IF_MORE, IF_MORE_REGISTER = 0x15, 0x55, 0xA5, 0x25, 0x2D
TO_BIG_ENDIAN, CALL, EXIT = 0xDC, 0x85, 0x95
LOOK_UP, OWN_FUNCTION, MAP, MAP_VALUE = 1, 1, 1, 2
FARTHEST = (1 << 15) - 1
"""What a jump's 16 bits reach."""

_SIZES: dict[Width, int] = {4: 0x00, 2: 0x08, 1: 0x10, 8: 0x18}


def make(code: int, target: int = 0, source: int = 0, *, offset: int = 0, value: int = 0) -> bytes:
    """Return an instruction."""
    return struct.pack("<BBhi", code, target | source << 4, offset, value)


def load(width: Width, target: int, address: int, offset: int) -> bytes:
    """Load `width` bytes from `offset` behind the address in a register."""
    return make(0x61 | _SIZES[width], target, address, offset=offset)


def store(width: Width, address: int, source: int, offset: int) -> bytes:
    """Store the lowest `width` bytes of a register."""
    return make(0x63 | _SIZES[width], address, source, offset=offset)


def wide(target: int, kind: int, descriptor: int, offset: int) -> bytes:
    """Put a map, or the address of a byte of its only value, into `target`."""
    return make(0x18, target, kind, value=descriptor) + make(0, value=offset)
