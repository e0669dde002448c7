"""A sliding window over the bytes of a capture, in constant memory.

In: a file that can be mapped, or a function that reads the next bytes. Out: `buffer`, which starts at byte
`base` of the capture; `advance` moves it on. A window never changes a buffer that it has handed out: chunks
stay valid.
"""

from __future__ import annotations

import mmap
from collections.abc import Callable
from typing import Protocol

from dpfc.capture.damage import Place
from runtime.diagnostic import Refused

MAP_BYTES = 32 << 20  # with the largest record still below the walkers' region, 2**26
STREAM_BYTES = 1 << 20  # stays in a level 2 cache
LIVE_BYTES = 1 << 17  # two pipes full


class Window(Protocol):
    """What the format readers see.

    `final` says that nothing follows `buffer`; `failure` why, when that is not the end of the capture.
    """

    buffer: memoryview
    base: int
    final: bool
    failure: Refused | None

    def advance(self, consumed: int, need: int) -> None:
        """Drop `consumed` bytes and load until `need` bytes are there, or `final`."""


class MapWindow:
    """A window over a regular file of `size` bytes, mapped piece by piece."""

    def __init__(self, handle: int, size: int, place: Place) -> None:
        self.buffer = memoryview(b"")
        self.base = 0
        self.final = False
        self.failure: Refused | None = None
        self._handle = handle
        self._size = size
        self._place = place

    def advance(self, consumed: int, need: int) -> None:
        """Map the file from `consumed` bytes on; see `Window`."""
        self.base += consumed
        skip = self.base % mmap.ALLOCATIONGRANULARITY
        length = min(self._size - self.base + skip, max(MAP_BYTES, skip + need))
        try:
            mapped = mmap.mmap(self._handle, length, access=mmap.ACCESS_READ, offset=self.base - skip)
        except (OSError, ValueError) as error:
            self.failure = self._place.refuse("CAP001", f"cannot map `{self._place.name}`: {error}")
            self.buffer = memoryview(b"")
            self.final = True
            return
        if hasattr(mmap, "MADV_SEQUENTIAL"):
            mapped.madvise(mmap.MADV_SEQUENTIAL)
        self.buffer = memoryview(mapped)[skip:]
        self.final = self.base + len(self.buffer) == self._size


class StreamWindow:
    """A window over `read`, which returns at most so many next bytes, none at the end, or raises `Refused`.

    Args:
        read: the source.
        live: True when bytes arrive slowly: then no more than needed is waited for.
    """

    def __init__(self, read: Callable[[int], bytes], live: bool) -> None:
        self.buffer = memoryview(b"")
        self.base = 0
        self.final = False
        self.failure: Refused | None = None
        self._read = read
        self._live = live

    def advance(self, consumed: int, need: int) -> None:
        """Carry the rest over to a new buffer and read on; see `Window`."""
        rest = self.buffer[consumed:]
        space = bytearray(max(need, LIVE_BYTES if self._live else STREAM_BYTES))
        filled = len(rest)
        space[:filled] = rest
        while filled < (need if self._live else len(space)) and not self.final:
            filled = self._fill(space, filled)
        self.buffer = memoryview(space)[:filled]
        self.base += consumed

    def _fill(self, space: bytearray, filled: int) -> int:
        """Read once; a refusal is kept for when the bytes before it have been used."""
        try:
            data = self._read(len(space) - filled)
        except Refused as refusal:
            self.failure = refusal
            data = b""
        self.final = not data
        space[filled : filled + len(data)] = data
        return filled + len(data)
