"""The state of the storage layer: what all its parts look at.

In: nothing. Out: `State`. Functions of this package take it as their first argument; system calls reach them
through `vm.xn.xn.XN`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from vm.machine.clock import Clock
from vm.machine.costs import CYCLES_PER_SECOND
from vm.machine.disk import Disk
from vm.xn.free_map import FreeMap
from vm.xn.layout import Super
from vm.xn.registry import Entry, Registry
from vm.xn.root import Root
from vm.xn.tree import Tree
from vm.xn.types import LoadedType, ProvedSet, TypeLibrary
from vm.xok.environments import Environments
from vm.xok.pages import Pages
from vm.xok.refusal import Code, Refusal


@dataclass(slots=True)
class Flight:
    """A block on its way to the disk.

    Args:
        entry: whose.
        version: of the contents that travel.
        will_free: what may be used again when they have arrived.
    """

    entry: Entry
    version: int
    will_free: list[range]


@dataclass(slots=True)
class State:
    """Everything that XN knows.

    Args:
        clock, disk, pages: of the machine and the kernel.
        environments: those alive.
        library: proves and keeps types.
        super: as it stands on the disk, or (not `is_super_saved`) as it will before anything else is written.
        registry: blocks in core.
        free_map: which blocks may be allocated.
        type_runs: blocks (first, how many) that the forms of installed types take.
        sets: installed sets of types by name: number, templates by name.
        roots: by name.
        damaged_types: slots of the type catalogue that have something that could not be loaded: their numbers
            are used by objects on the disk, and never given to other types.
        damaged_roots: the same of the root catalogue, with what stands there.
        quarantined: blocks that recovery could not trust, and all below them.
        closed: True where nothing may be allocated, since what a damaged tree owns is not known.
        will_free: how many blocks wait for a write.
        unflushed: flights that have arrived in the drive's cache.
        orphans: blocks without a holder that somebody left dirty: the kernel writes them.
        doomed: blocks of unattached trees that were given up, until nothing of them is on its way to the
            disk.
        stirred: those of them that may be ready to be written; `wake_orphans` is the event that does it.
        settling: sectors of the disk that the kernel is writing for itself, while nobody waits.
        count_transfers: told how many blocks have just been transferred.
        nobody: the tree of blocks that were read raw: nobody's before they are bound.
    """

    clock: Clock
    disk: Disk
    pages: Pages
    environments: Environments
    library: TypeLibrary
    super: Super
    registry: Registry
    free_map: FreeMap
    type_runs: list[tuple[int, int]] = field(default_factory=list)
    sets: dict[str, tuple[int, ProvedSet, dict[str, LoadedType]]] = field(default_factory=dict)
    types: dict[int, LoadedType] = field(default_factory=dict)
    roots: dict[str, Root] = field(default_factory=dict)
    is_super_saved: bool = True
    damaged_types: set[int] = field(default_factory=set)
    damaged_roots: dict[int, bytes] = field(default_factory=dict)
    quarantined: set[int] = field(default_factory=set)
    closed: bool = False
    will_free: int = 0
    unflushed: list[Flight] = field(default_factory=list)
    orphans: dict[int, Entry] = field(default_factory=dict)
    doomed: dict[int, Entry] = field(default_factory=dict)
    stirred: dict[int, Entry] = field(default_factory=dict)
    settling: set[int] = field(default_factory=set)
    wake_orphans: Callable[[], None] = lambda: None
    count_transfers: Callable[[int], None] = lambda count: None
    nobody: Tree = field(default_factory=lambda: Tree("temporary"))

    @property
    def seconds(self) -> int:
        """The time, as `clock()` of an `acl` sees it."""
        return self.clock.now // CYCLES_PER_SECOND

    def is_block(self, block: int) -> bool:
        """Say whether a block lies on the disk and is not the kernel's own."""
        return self.super.first_block <= block < self.super.blocks

    def find_entry(self, block: int) -> Entry:
        """Return the entry of a block.

        Raises:
            Refusal: NOT_BOUND.
        """
        entry = self.registry.entries.get(block)
        if entry is None:
            raise Refusal(Code.NOT_BOUND, f"block {block} is not in the registry")
        return entry
