"""A drive's buffer: segments, each with one stretch of blocks.

In: what the drive reads and writes. Out: which blocks the buffer still has. Segments that were read and
segments that were written are each kept in the order of their last use, and the least recently used one
makes room.
"""

from __future__ import annotations

from dataclasses import dataclass

from vm.machine.parameters import Buffering


@dataclass(slots=True, eq=False)
class Segment:
    """Blocks from `begin` up to `end`.

    Args:
        begin, end: may both move on while the drive reads ahead.
        room: sectors that fit.
        is_written: whether they were written; else read.
    """

    begin: int
    end: int
    room: int
    is_written: bool = False

    def grow(self, end: int) -> None:
        """The blocks up to `end` came in; the oldest leave if they do not fit."""
        self.end = max(self.end, end)
        self.begin = max(self.begin, self.end - self.room)


class Buffer:
    """The segments of one drive.

    Args:
        buffering: how many there are, and how large.
    """

    __slots__ = ("_hits_on_written", "_most_read", "_most_written", "_read", "_room", "_written")

    def __init__(self, buffering: Buffering) -> None:
        self._most_written = buffering.write_segments
        self._most_read = max(1, buffering.segments - buffering.write_segments)
        self._room = buffering.segment_sectors
        self._hits_on_written = buffering.hits_on_written
        self._read: list[Segment] = []  # most recently used first
        self._written: list[Segment] = []

    def find(self, block: int, end: int) -> Segment | None:
        """Return a segment that has all of the blocks, as the one used last."""
        for segment in self._read:
            if segment.begin <= block and end <= segment.end:
                self._read.remove(segment)
                self._read.insert(0, segment)
                return segment
        if self._hits_on_written:
            for segment in self._written:
                if segment.begin <= block and end <= segment.end:
                    return segment
        return None

    def find_end(self, block: int) -> Segment | None:
        """Return a segment that was read and ends just before `block`, as the one used last."""
        for segment in self._read:
            if segment.end == block:
                self._read.remove(segment)
                self._read.insert(0, segment)
                return segment
        return None

    def add_read(self, block: int) -> Segment:
        """Return a segment, still empty, for blocks that will be read from `block` on."""
        self._forget(block, block + 1)
        segment = Segment(block, block, self._room)
        self._read.insert(0, segment)
        del self._read[self._most_read :]
        return segment

    def add_written(self, block: int, end: int) -> None:
        """Keep blocks that were written just now; nothing older of them is left."""
        self._forget(block, end)
        segment = Segment(block, block, self._room, is_written=True)
        segment.grow(end)
        self._written.insert(0, segment)
        del self._written[self._most_written :]

    def _forget(self, block: int, end: int) -> None:
        self._read = [held for held in self._read if held.end <= block or end <= held.begin]
        self._written = [held for held in self._written if held.end <= block or end <= held.begin]
