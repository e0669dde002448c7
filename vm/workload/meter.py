"""What a piece of work costs: virtual time and where it goes, disk requests, system calls.

In: a machine, before and after. Out: `Usage`, the difference.

    elapsed = computing (kernel, libraries, programs) + waiting (nobody can go on before the disk is done)

While the disk works, others may compute: only waiting is time that a faster disk, or fewer requests, would
save.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

from vm.machine.clock import Clock
from vm.machine.costs import CYCLES_PER_SECOND
from vm.machine.drive import Statistics
from vm.xok.environment import Environment
from vm.xok.kernel import Kernel
from vm.xok.syscalls import SystemCalls


class MeteredClock(Clock):
    """A clock that knows how long nobody had anything to do.

    Attributes:
        waiting: cycles that were skipped to get to the next event.
    """

    __slots__ = ("waiting",)

    def __init__(self) -> None:
        super().__init__()
        self.waiting = 0

    def run_next(self) -> bool:
        """Go to the next event and run it."""
        due = self.next_at
        if due is not None:
            self.waiting += max(0, due - self.now)
        return super().run_next()


class MeteredCalls(SystemCalls):
    """System calls that are counted.

    Attributes:
        calls: how many have entered the kernel.
    """

    __slots__ = ("calls",)

    def __init__(self, kernel: Kernel, environment: Environment) -> None:
        super().__init__(kernel, environment)
        self.calls = 0

    @classmethod
    def meter(cls, system: SystemCalls) -> MeteredCalls:
        """Return the calls of `system`, counted from now on."""
        return cls(system._kernel, system._environment)

    def _enter(self, cycles: int) -> Environment:
        self.calls += 1
        return super()._enter(cycles)


@dataclass(frozen=True, slots=True)
class Usage:
    """What has been used; times in cycles.

    Args:
        elapsed: virtual time.
        waiting: of that, time in which all waited for the disk.
        calls: system calls.
        requests, reads, writes: of the disk.
        sectors_read, sectors_written: that it moved.
        hits: reads that the drive's buffer answered.
        busy: time in which the drive had a request.
        overhead, seek, rotation, transfer: of that, the controller's, the arm's, waiting for a sector, and
            moving sectors.
    """

    elapsed: int = 0
    waiting: int = 0
    calls: int = 0
    requests: int = 0
    reads: int = 0
    writes: int = 0
    sectors_read: int = 0
    sectors_written: int = 0
    hits: int = 0
    busy: int = 0
    overhead: int = 0
    seek: int = 0
    rotation: int = 0
    transfer: int = 0

    @property
    def seconds(self) -> float:
        """Virtual time in seconds."""
        return self.elapsed / CYCLES_PER_SECOND

    @property
    def computing(self) -> int:
        """Cycles in which somebody computed."""
        return self.elapsed - self.waiting

    def __add__(self, other: Usage) -> Usage:
        return Usage(*(getattr(self, each.name) + getattr(other, each.name) for each in fields(Usage)))

    def __sub__(self, other: Usage) -> Usage:
        return Usage(*(getattr(self, each.name) - getattr(other, each.name) for each in fields(Usage)))


_OF_THE_DRIVE = frozenset(each.name for each in fields(Statistics)) & frozenset(f.name for f in fields(Usage))


def read_usage(clock: MeteredClock, statistics: Statistics, calls: int) -> Usage:
    """Return what has been used since the machine was switched on."""
    drive = {name: getattr(statistics, name) for name in sorted(_OF_THE_DRIVE)}
    return Usage(elapsed=clock.now, waiting=clock.waiting, calls=calls, **drive)
