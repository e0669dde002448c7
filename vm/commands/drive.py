"""The drive of commands that nobody measures: it takes no time, and is as large as the image.

In: a store. Out: a machine. The mechanical model is for benchmarks; here it would cost real time, and the
machine's clock, which begins with the time of day, would run ahead of it.
"""

from __future__ import annotations

from vm.machine.clock import Clock
from vm.machine.disk import Disk
from vm.machine.drive import Drive, Statistics
from vm.machine.machine import MEMORY_PAGES, Machine
from vm.machine.memory import Memory
from vm.machine.store import Store


class InstantDrive(Drive):
    """A drive that has done everything one cycle later.

    Args:
        sectors: that it has.
    """

    def __init__(self, sectors: int) -> None:
        self.blocks = sectors
        self.statistics = Statistics()

    def serve(self, now: int, block: int, count: int, is_write: bool, write_back: bool = False) -> int:
        """Return when the command that arrives now is done."""
        return now + 1

    def flush(self, now: int) -> int:
        """Return when everything in the write cache is on the medium."""
        return now + 1


def make_fast_machine(store: Store) -> Machine:
    """Put a machine together whose disk is `store`."""
    clock = Clock()
    return Machine(clock, Memory(MEMORY_PAGES), Disk(store, clock, InstantDrive(store.sectors)))
