"""A machine: its clock, its memory and its disk.

In: what its disk holds, which drive it is, and how much memory it has. Out: the parts, switched on at time 0.
"""

from __future__ import annotations

from dataclasses import dataclass

from vm.machine.clock import Clock
from vm.machine.disk import Disk
from vm.machine.drive import Drive
from vm.machine.memory import Memory
from vm.machine.store import Store

MEMORY_PAGES = 16_384  # 64 MB, as the machine of the SOSP 1997 measurements


@dataclass(frozen=True, slots=True)
class Machine:
    """The hardware; what runs on it is the kernel's affair."""

    clock: Clock
    memory: Memory
    disk: Disk


def make_machine(
    store: Store, drive: Drive | None = None, memory_pages: int = MEMORY_PAGES, write_cache: bool = False
) -> Machine:
    """Put a machine together.

    Args:
        store: what its disk holds, and how many sectors it has.
        drive: which drive; None: the Seagate Barracuda ST32171W.
        memory_pages: of 4096 bytes.
        write_cache: whether the drive says that a write is done when only its buffer has it.
    """
    clock = Clock()
    return Machine(clock, Memory(memory_pages), Disk(store, clock, drive or Drive(), write_cache))
