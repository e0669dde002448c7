"""Library code: take messages out of a packet ring. Not part of the kernel; any library may do it otherwise.

In: views of the ring's pages. Out: messages, in order. Importing it takes no privilege: all that it does is
read and write memory that its environment has bound.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence

from vm.machine.memory import PAGE

HEADER = 16
_WORDS = struct.Struct("<IIQ")


class RingReader:
    """The library's end of a ring.

    Args:
        pages: writable views of its pages, in order.
        slot: bytes of a slot.
    """

    def __init__(self, pages: Sequence[memoryview], slot: int) -> None:
        self._pages, self._slot = pages, slot
        self._next = 0
        self._slots = len(pages) * PAGE // slot

    def take(self) -> tuple[bytes, int] | None:
        """Return the next message and its source, and give the slot back; None: there is none."""
        place = self._next * self._slot
        page, offset = self._pages[place // PAGE], place % PAGE
        owner, length, source = _WORDS.unpack_from(page, offset)
        if owner == 0:
            return None
        message = self._copy(place + HEADER, length)
        page[offset : offset + 4] = bytes(4)
        self._next = (self._next + 1) % self._slots
        return message, source

    def _copy(self, place: int, length: int) -> bytes:
        parts = []
        while length:
            offset = place % PAGE
            part = self._pages[place // PAGE][offset : min(PAGE, offset + length)]
            parts.append(bytes(part))
            place, length = place + len(part), length - len(part)
        return b"".join(parts)
