"""Machines that are switched on often: a drive without a mechanism."""

from __future__ import annotations

from vm.machine.clock import Clock
from vm.machine.disk import Disk
from vm.machine.drive import Drive, Statistics
from vm.machine.machine import Machine
from vm.machine.memory import Memory
from vm.machine.store import Store

COMMAND = 100_000  # cycles: half a millisecond


class PlainDrive(Drive):
    """A drive whose commands all take the same time; what goes to its cache takes none."""

    def __init__(self, sectors: int) -> None:
        self.blocks = sectors
        self.statistics = Statistics()

    def serve(self, now: int, block: int, count: int, is_write: bool, write_back: bool = False) -> int:
        return now + (1 if write_back else COMMAND)

    def flush(self, now: int) -> int:
        return now + COMMAND


def switch_on(store: Store, pages: int = 1024, write_cache: bool = False) -> Machine:
    """Return a machine whose disk is `store`."""
    clock = Clock()
    return Machine(clock, Memory(pages), Disk(store, clock, PlainDrive(store.sectors), write_cache))
