"""What a disk drive does with one command, and how long that takes."""

from __future__ import annotations

from dataclasses import dataclass

from vm.machine.costs import CYCLES_PER_MICROSECOND


@dataclass(slots=True)
class Statistics:
    """What a disk has done so far; times in cycles.

    Args:
        requests: reads and writes.
        hits: reads that the buffer answered without moving anything.
        busy: time in which a request was in the drive.
        overhead, seek, rotation, transfer: of that, the controller's, the arm's, waiting for a sector, and
            moving sectors between medium and buffer.
    """

    requests: int = 0
    reads: int = 0
    writes: int = 0
    flushes: int = 0
    sectors_read: int = 0
    sectors_written: int = 0
    hits: int = 0
    busy: int = 0
    overhead: int = 0
    seek: int = 0
    rotation: int = 0
    transfer: int = 0


class Drive:
    """Placeholder for the mechanical model: a seek of 4 ms unless sequential, and 50 us per sector."""

    __slots__ = ("_next", "blocks", "statistics")

    def __init__(self, blocks: int = 4_110_000) -> None:
        self.blocks = blocks
        self.statistics = Statistics()
        self._next = 0

    def serve(self, now: int, block: int, count: int, is_write: bool, write_back: bool) -> int:
        """Return when the command that arrives now is done."""
        seek = 0 if block == self._next else 8_000 * CYCLES_PER_MICROSECOND
        self._next = block + count
        return now + seek + count * 50 * CYCLES_PER_MICROSECOND

    def flush(self, now: int) -> int:
        """Return when everything in the write cache is on the medium."""
        return now
