"""A machine: its clock, its memory and its disk.

In: what its disk holds, which drive it is, and how much memory it has. Out: the parts, switched on at time 0.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from runtime.diagnostic import Diagnostic, Refused
from vm.machine.clock import Clock
from vm.machine.costs import SCSI_SECTOR
from vm.machine.disk import Disk
from vm.machine.drive import Drive
from vm.machine.drive_file import read_drive
from vm.machine.memory import Memory
from vm.machine.parameters import DriveParameters, Interface
from vm.machine.store import Store

_DEFAULT_DRIVE = Path(__file__).parent / "drives" / "barracuda.diskspecs"

MEMORY_PAGES = 16_384  # 64 MB, as the machine of the SOSP 1997 measurements


@dataclass(frozen=True, slots=True)
class Machine:
    """The hardware; what runs on it is the kernel's affair."""

    clock: Clock
    memory: Memory
    disk: Disk


def default_drive() -> DriveParameters:
    """Return the Seagate Barracuda ST32171W, on this machine's bus.

    Its file gives the bus of the machine on which it was measured, which is slower than its buffer and its
    medium.
    """
    measured = read_drive(_DEFAULT_DRIVE)
    return replace(measured, interface=Interface(SCSI_SECTOR, SCSI_SECTOR))


def make_machine(
    store: Store,
    drive: DriveParameters | None = None,
    memory_pages: int = MEMORY_PAGES,
    write_cache: bool = False,
) -> Machine:
    """Put a machine together.

    Args:
        store: what its disk holds, and how many sectors it has.
        drive: which drive; None: the default one.
        memory_pages: of 4096 bytes.
        write_cache: whether the drive says that a write is done when only its buffer has it.

    Raises:
        Refused: DSK007 the drive's geometry contradicts itself; DSK009 the store is larger than the drive.
    """
    mechanism = Drive(default_drive() if drive is None else drive)
    if store.sectors > mechanism.blocks:
        message = f"the image has {store.sectors} sectors, and the drive only {mechanism.blocks}"
        raise Refused(Diagnostic("DSK009", message))
    clock = Clock()
    return Machine(clock, Memory(memory_pages), Disk(store, clock, mechanism, write_cache))
