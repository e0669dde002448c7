"""What was recorded of one run of a workload: the disk's events, the blocks that were freed, the operations.

In: a disk that is told what to do, and a free map. Out: `Recording`, from which crash states are made.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from vm.crash.history import FileId, History
from vm.crash.ledger import Ledger
from vm.machine.crash import Event, WriteLog


class Disagreement(Exception):  # noqa: N818  (it is a finding)
    """The run itself, without any crash, is not as it should be."""


@dataclass(frozen=True, slots=True)
class Step:
    """When an operation ran.

    Args:
        time: its number.
        begin, end: events of the log that had happened then.
    """

    time: int
    begin: int
    end: int


@dataclass(frozen=True, slots=True)
class Recording:
    """A run of a workload.

    Args:
        base: what the medium held when the run began.
        write_cache: of the drive.
        events: of the disk.
        freed: blocks that were handed back to the free map, by how many events had happened then.
        stages: (completed, started) for each number of events that had happened, as the oracle counts.
        history: of the model.
        numbers: the library's, of the files that the workload made.
        ledger: of a storm; None: a file system was running.
        is_making: the run has made the file system: before it was done, there may be none.
    """

    base: bytes
    write_cache: bool
    events: Sequence[Event]
    freed: Mapping[int, Sequence[int]]
    stages: Sequence[tuple[int, int]]
    history: History
    numbers: Mapping[FileId, int]
    ledger: Ledger | None = None
    is_making: bool = False


def find_stages(history: History, steps: Sequence[Step], events: int) -> list[tuple[int, int]]:
    """Return for each cut the last point of persistence, and the last change that may be on the disk.

    What was done before the first step was synced. A point holds as soon as its operation has returned. A
    write takes its bytes when it begins, so nothing is on the disk of operations that began after the last
    event.
    """
    setup = steps[0].time - 1
    points = {point.time for point in history.points}
    changes = history.list_changes()
    completed = sorted((step.end, step.time) for step in steps if step.time in points)
    started = sorted((step.begin, step.time) for step in steps if step.time in changes)
    found = []
    for cut in range(events + 1):
        last_point = max((time for end, time in completed if end <= cut), default=setup)
        last_change = max((time for begin, time in started if begin < cut), default=setup)
        found.append((last_point, max(last_point, last_change)))
    return found


class FreeWatch:
    """A disk's observer that keeps a `WriteLog`, and looks which blocks became free in between.

    Args:
        log: that is kept.
        free: the kernel's free map: a byte for each block, 1 = free.
    """

    def __init__(self, log: WriteLog, free: Callable[[], bytes]) -> None:
        self.log = log
        self.freed: dict[int, list[int]] = {}
        self._free = free
        self._before = free()

    def look(self) -> None:
        """Note blocks that became free since the last look."""
        now = self._free()
        if now != self._before:
            new = [block for block, (old, here) in enumerate(zip(self._before, now)) if here > old]
            if new:
                self.freed.setdefault(len(self.log.events), []).extend(new)
            self._before = now

    def write_started(self, number: int, sector: int, data: bytes, fua: bool) -> None:
        """Record it."""
        self.look()
        self.log.write_started(number, sector, data, fua)

    def write_done(self, number: int) -> None:
        """Record it."""
        self.look()
        self.log.write_done(number)

    def flush_done(self, numbers: Sequence[int]) -> None:
        """Record it."""
        self.look()
        self.log.flush_done(numbers)
