"""A machine with one file system on it, and meters on both: where workloads run.

In: a `Configuration`: which file system, and which of its techniques. Out: a `Rig`.

    embedded inodes   yes: C-FFS, no: FFS
    grouping          blocks of several small files lie together, and travel in one request
    writes            synchronous  metadata are written at once, in the order of 1996's file systems, whose
                                   kernel had no rules about it: on a temporary root, where XN has none
                      delayed      metadata are written back later, in an order that XN enforces
                      temporary    written back later, in any order: nothing survives a crash
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

from vm.boot import Session, boot, format_disk
from vm.cffs import filesystem as cffs
from vm.ffs import filesystem as ffs
from vm.libfs.interface import FileSystem, Options
from vm.machine.disk import Disk
from vm.machine.drive import Drive
from vm.machine.machine import MEMORY_PAGES, Machine, default_drive
from vm.machine.memory import Memory
from vm.machine.parameters import DriveParameters, ReadAhead
from vm.machine.store import SECTOR, MemoryStore
from vm.workload.meter import MeteredCalls, MeteredClock, Usage, read_usage
from vm.xn.bind import reclaim_pages
from vm.xn.types import TypeLibrary

FileSystemKind = Literal["cffs", "ffs"]
Writes = Literal["synchronous", "delayed", "temporary"]

DISK_BYTES = 512 << 20


@dataclass(frozen=True, slots=True)
class Configuration:
    """A file system with its techniques.

    Args:
        kind: `cffs` embeds inodes in directories, `ffs` has a table of them.
        grouping: of small files.
        writes: of metadata.
    """

    kind: FileSystemKind
    grouping: bool
    writes: Writes = "delayed"

    @property
    def name(self) -> str:
        """For people."""
        inodes = "C-FFS" if self.kind == "cffs" else "FFS"
        return f"{inodes}, {'grouping' if self.grouping else 'no grouping'}"


BOTH = Configuration("cffs", grouping=True)
NEITHER = Configuration("ffs", grouping=False)


@dataclass(frozen=True, slots=True)
class Step:
    """A part of a workload, and what it took.

    Args:
        name: of it.
        items: files that it worked on.
        usage: what it took, all of it on the disk in the end.
    """

    name: str
    items: int
    usage: Usage


@dataclass(frozen=True, slots=True)
class Rig:
    """What workloads run on.

    Args:
        configuration: of the file system.
        clock: of the machine.
        machine: switched on.
        session: what runs on it.
        system: system calls, as root.
        files: the file system, empty.
    """

    configuration: Configuration
    clock: MeteredClock
    machine: Machine
    session: Session
    system: MeteredCalls
    files: FileSystem

    def compute(self, cycles: int) -> None:
        """A program computes."""
        self.system.compute(cycles)

    def usage(self) -> Usage:
        """Return what has been used since the machine was switched on."""
        return read_usage(self.clock, self.machine.disk.statistics, self.system.calls)

    def drop_caches(self) -> None:
        """Have nothing in core: the library lets go, and then the kernel of what nobody holds."""
        self.files.drop_caches()
        reclaim_pages(self.session.storage, self.machine.memory.pages)

    def measure(self, name: str, items: int, work: Callable[[], None], cold: bool = True) -> Step:
        """Run a step of a workload, until all of it is on the disk.

        Args:
            name: of the step.
            items: files that it works on.
            work: what it does.
            cold: it begins with nothing in core.
        """
        self.files.sync()
        if cold:
            self.drop_caches()
        before = self.usage()
        work()
        self.files.sync()
        return Step(name, items, self.usage() - before)


def make_rig(
    configuration: Configuration,
    library: TypeLibrary,
    disk_bytes: int = DISK_BYTES,
    drive: DriveParameters | None = None,
) -> Rig:
    """Switch a machine on, and make a file system on its disk.

    Args:
        configuration: of the file system.
        library: types that were proved already.
        disk_bytes: how large the disk is.
        drive: which drive; None: the default one.
    """
    clock = MeteredClock()
    mechanism = Drive(default_drive() if drive is None else drive)
    disk = Disk(MemoryStore(disk_bytes // SECTOR), clock, mechanism)
    machine = Machine(clock, Memory(MEMORY_PAGES), disk)
    format_disk(machine)
    session = boot(machine, library)
    system = MeteredCalls.meter(session.login())
    options = Options(
        writes="synchronous" if configuration.writes == "synchronous" else "delayed",
        grouping=configuration.grouping,
        temporary=configuration.writes != "delayed",
    )
    make = {"cffs": cffs.make, "ffs": ffs.make}[configuration.kind]
    return Rig(
        configuration, clock, machine, session, system, make(system, configuration.kind, options=options)
    )


def drive_without_read_ahead() -> DriveParameters:
    """Return the default drive, reading nothing but what it is asked for: to see what reading ahead does."""
    drive = default_drive()
    return replace(drive, buffering=replace(drive.buffering, read_ahead=ReadAhead.NONE))
