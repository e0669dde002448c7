"""The buffer cache registry: one entry for each block that somebody has bound, and what is known of it.

In: nothing. Out: `Entry` and `Registry`. Everybody may read it (`EntryInfo`), only the kernel changes it.

An entry's life:

    raw ------------ bind -----> bound  <----- alloc, method (uninitialised)
     (no type yet)                 |  attach, or read and its end
                                   v
                    in core, clean <--------------+  transfer done
                       | change                   |
                       v                          |
                    in core, dirty --- write --> in flight (what is written is a copy: the page may change)

*Initialised* means that what is on the disk is an object of this type: it came from there, or was written,
stably, since the block was allocated. *Persistent* means that the pointer to the block may be on the disk.

Source: ORIGINALS.md 3.4 (registry entry of the released XN).
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from vm.xn.owned import Place, Type
from vm.xn.root import Root
from vm.xn.tree import Tree
from vm.xn.types import LoadedType


class Transfer(Enum):
    """What the disk is doing with a block."""

    NONE = "none"
    READING = "reading"
    WRITING = "writing"


@dataclass(frozen=True, slots=True)
class Edge:
    """A dependency: which version must be stable, and which environment pays for remembering it."""

    version: int
    payer: int


@dataclass(slots=True, eq=False)
class Entry:
    """A block of the registry.

    Args:
        block: its number.
        tree: which tree it belongs to, and so which rules of order hold.
        loaded: its type; None: raw, unless `is_data`.
        arguments: that its owner passes to the type.
        parent: the object that owns it; None: a root, unattached, or raw.
        owner: the entry of the block where `parent` lies.
        root: that starts here.
    """

    block: int
    tree: Tree
    type: Type | None = None
    loaded: LoadedType | None = None
    arguments: tuple[int, ...] = ()
    parent: Place | None = None
    owner: Entry | None = None

    page: int | None = None
    frame: bytearray | None = None
    transfer: Transfer = Transfer.NONE
    initialised: bool = False
    blank: bool = False  # it never had a page, and the kernel has written zeros
    written: bool = False  # a write has begun since the block was allocated, or it came from the disk
    dirty: bool = False
    version: int = 0  # counts changes of the page
    stable: int = 0  # the version that is known to be on the disk
    valid_from: int = 0  # earlier versions point to blocks that are somebody else's by now
    persistent: bool = False

    kids: dict[int, Entry] = field(default_factory=dict)
    taint: int = 0  # kids that are uninitialised or tainted
    fresh: dict[Entry, None] = field(default_factory=dict)  # kids that are not persistent yet
    will_free: list[range] = field(default_factory=list)  # freed since the last write began
    before: dict[Entry, Edge] = field(default_factory=dict)  # what must be stable first
    after: dict[Entry, None] = field(default_factory=dict)  # who waits for this block

    holders: set[int] = field(default_factory=set)
    root: Root | None = None
    locked: int | None = None
    parts: dict[tuple[int, ...], Any] = field(default_factory=dict)  # remembered by vm.xn.place
    granted: dict[Any, int] = field(default_factory=dict)  # remembered by vm.xn.access: at which version
    is_live: bool = True

    @property
    def is_data(self) -> bool:
        """Bytes without structure."""
        return self.type == 0

    @property
    def hinders(self) -> bool:
        """Whether a persistent pointer to this block would lead to something that was never written."""
        return not self.initialised or self.taint > 0


@dataclass(frozen=True, slots=True)
class EntryInfo:
    """What everybody may know of an entry.

    Args:
        block: its number.
        type: None: read raw, and not bound to a parent yet.
        arguments: of its type.
        parent: the object that owns it; None: a root, or unattached.
        in_core, dirty, reading, writing: of its page.
        initialised: what is on the disk is an object of this type.
        taint: blocks below that must be written first.
        locked_by: an environment.
        holders: environments.
    """

    block: int
    type: Type | None
    arguments: tuple[int, ...]
    parent: Place | None
    in_core: bool
    dirty: bool
    reading: bool
    writing: bool
    initialised: bool
    taint: int
    locked_by: int | None
    holders: tuple[int, ...]


class Registry:
    """All entries, the dirty ones among them, and buffers that nobody holds, the longest unused first."""

    def __init__(self) -> None:
        self.entries: dict[int, Entry] = {}
        self.dirty: dict[int, Entry] = {}
        self.unowned: OrderedDict[int, Entry] = OrderedDict()
        self.held: dict[int, dict[int, Entry]] = {}  # by environment

    def get(self, block: int) -> Entry | None:
        """Return the entry of a block."""
        return self.entries.get(block)

    def __iter__(self) -> Iterator[Entry]:
        return iter(self.entries.values())

    def add(self, entry: Entry) -> None:
        """Put a new entry in."""
        assert entry.block not in self.entries, "one entry for each block"
        self.entries[entry.block] = entry

    def remove(self, entry: Entry) -> None:
        """Take an entry out; it has no kids."""
        assert not entry.kids, "an entry outlives those below it"
        del self.entries[entry.block]
        self.dirty.pop(entry.block, None)
        self.unowned.pop(entry.block, None)
        entry.is_live = False

    def add_holder(self, entry: Entry, environment: int) -> None:
        """Note that an environment holds an entry."""
        entry.holders.add(environment)
        self.held.setdefault(environment, {})[entry.block] = entry

    def remove_holder(self, entry: Entry, environment: int) -> None:
        """Note that it does so no longer."""
        entry.holders.discard(environment)
        self.held[environment].pop(entry.block)

    def set_dirty(self, entry: Entry) -> None:
        """Say that the page differs from what the disk has."""
        entry.version += 1
        entry.dirty = True
        self.dirty[entry.block] = entry
        self.unowned.pop(entry.block, None)

    def set_clean(self, entry: Entry) -> None:
        """Say that the page is on its way to the disk as it is."""
        entry.dirty = False
        self.dirty.pop(entry.block, None)


def describe_entry(entry: Entry) -> EntryInfo:
    """Return what everybody may know of `entry`."""
    return EntryInfo(
        entry.block,
        entry.type,
        entry.arguments,
        entry.parent,
        entry.frame is not None and entry.transfer is not Transfer.READING,
        entry.dirty,
        entry.transfer is Transfer.READING,
        entry.transfer is Transfer.WRITING,
        entry.initialised,
        entry.taint,
        entry.locked,
        tuple(sorted(entry.holders)),
    )
