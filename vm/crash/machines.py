"""Machines with small disks, switched on as often as the crash tester needs.

In: a configuration, or the image that a crash left. Out: a `Session`. What two boots can share they do:
types are proved and compiled once.
"""

from __future__ import annotations

from vm.boot import Session, boot, format_disk
from vm.crash.configuration import Configuration
from vm.crash.marks import CELL, NEVER_WRITTEN
from vm.crash.storm_disk import make_storm_disk
from vm.crash.systems import make_files
from vm.machine.clock import Clock
from vm.machine.costs import CYCLES_PER_SECOND
from vm.machine.disk import Disk
from vm.machine.drive import Drive, Statistics
from vm.machine.machine import Machine
from vm.machine.memory import Memory
from vm.machine.store import SECTOR, MemoryStore, Store
from vm.xn.types import TypeLibrary
from vm.xok.syscalls import SystemCalls

DISK_BLOCKS = 640
"""2.5 MB: room for a file system and its types, and a walk is short."""

MEMORY_PAGES = 1024
JUDGE_PAGES = 128
"""A repair and a look at the tree need few pages, and each costs time when a machine is switched on."""

INSTANT = 1
SLOW = CYCLES_PER_SECOND // 100
"""Cycles for a command. Workloads run on slow drives, so that much is pending at each moment; crashes
are judged on instant ones."""


class PlainDrive(Drive):
    """A drive without a mechanism: each command takes as long as any other.

    Args:
        cycles: for a command.
    """

    def __init__(self, cycles: int) -> None:
        self.blocks = DISK_BLOCKS * 8
        self.statistics = Statistics()
        self._cycles = cycles

    def serve(self, now: int, block: int, count: int, is_write: bool, write_back: bool = False) -> int:
        """Return when the command that arrives now is done; what goes to a cache is done at once."""
        return now + (INSTANT if write_back else self._cycles)

    def flush(self, now: int) -> int:
        """Return when everything in the write cache is on the medium."""
        return now + self._cycles


def make_formatted(configuration: Configuration) -> bytes:
    """Return the image of a disk that was formatted, and nothing else."""
    store = MemoryStore(NEVER_WRITTEN * (DISK_BLOCKS * 8 * SECTOR // CELL))
    format_disk(switch_on(store, configuration, INSTANT), configuration.ordered_map)
    return store.read(0, store.sectors)


def make_base(configuration: Configuration, library: TypeLibrary) -> bytes:
    """Return the image of a disk with an empty file system that was shut down cleanly."""
    store = MemoryStore(make_formatted(configuration))
    calls = boot(switch_on(store, configuration, INSTANT), library).login()
    make_system(configuration, calls)
    calls.xn_shutdown()
    return store.read(0, store.sectors)


def make_system(configuration: Configuration, calls: SystemCalls) -> None:
    """Make an empty file system, or a storm's root, and let go of it."""
    if configuration.system == "storm":
        make_storm_disk(calls)
    else:
        make_files(configuration, calls).unmount()


def switch_on(store: Store, configuration: Configuration, cycles: int, pages: int = MEMORY_PAGES) -> Machine:
    """Return a machine whose disk is `store`, and whose drive takes `cycles` for a command."""
    clock = Clock()
    return Machine(clock, Memory(pages), Disk(store, clock, PlainDrive(cycles), configuration.write_cache))


def start(machine: Machine, library: TypeLibrary) -> Session:
    """Boot: recovery walks the disk if it has to."""
    return boot(machine, library)
