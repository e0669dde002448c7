"""Buffers: the blocks of a file system that this library holds in the kernel's registry, and views of them.

In: which object owns a block. Out: its bytes. Reading brings what adjoins along in one request. Limits are
soft: what is dirty stays until `writeback` has sent it, what is clean goes when there are too many, the
longest unused first.

    absent --- load ---> clean <--- landed ---- flying
      |  raw: read early    |                     ^
      |  with its group     +----> dirty -- send -+        (fresh: dirty, and never written)
      +--- hold_new ---------------^

The kernel knows all this, too (`xn_entry`); here it costs no call.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from vm.libfs.pages import Pages
from vm.libfs.raw import RawBlocks, is_in_core
from vm.xn.owned import Place
from vm.xok.refusal import Code, Refusal
from vm.xok.syscalls import SystemCalls

READING = 0
"""The word of the u-area that counts down blocks being read."""

_AT_ONCE = 512  # blocks of one reading call
_KEPT = 1 / 8  # of the limit: evicted at a time, so that it is seldom

Wanted: TypeAlias = tuple[int, Place, int]
"""A block, the object that owns it, and the partition."""


class Buffer:
    """A block in core.

    Args:
        block: its number.
        parent: the object that owns it.
        is_data: of a file; else it is metadata.
        view: its bytes.
        writable: whether `view` is.

    Attributes:
        file: the number of the file that it is of; 0: metadata.
        fresh: it was never written, so that nothing that leads to it may be.
        unreached: the pointer to it was never written.
        used: since the last look round for victims.
        pins: users that keep a view.
    """

    __slots__ = (
        "block",
        "file",
        "fresh",
        "is_data",
        "parent",
        "pins",
        "unreached",
        "used",
        "view",
        "writable",
    )

    def __init__(self, block: int, parent: Place, is_data: bool, view: memoryview, writable: bool) -> None:
        self.block = block
        self.parent = parent
        self.is_data = is_data
        self.view = view
        self.writable = writable
        self.file = 0
        self.fresh = False
        self.unreached = False
        self.used = True
        self.pins = 0

    def take(self) -> bytes:
        """Return a copy of the bytes, for they are wanted now."""
        self.used = True
        return bytes(self.view)


class Buffers:
    """The blocks of one file system in core.

    Args:
        sys: the kernel.
        limit: blocks that are kept.
        shared: others may write and evict, so that the kernel is told of every change.

    Attributes:
        table: by block number.
        dirty: those that differ from the disk, in the order in which they became so.
        flying: those on their way to the disk.
        raw: blocks that were read with a group, whose owner nobody has named yet.
        unreached: metadata whose pointers were never written, by the block where those are.
        pages: for blocks that come into core.
    """

    def __init__(self, sys: SystemCalls, limit: int, shared: bool) -> None:
        self._sys = sys
        self.limit = limit
        self.shared = shared
        self.table: dict[int, Buffer] = {}
        self.dirty: dict[int, Buffer] = {}
        self.flying: dict[int, Buffer] = {}
        self.unreached: dict[int, list[int]] = {}
        self.pages = Pages(sys, lambda: self.give_back(_AT_ONCE))
        self.raw = RawBlocks(sys)

    # ---- getting

    def get(self, block: int, parent: Place, partition: int, is_data: bool = False) -> memoryview:
        """Return the bytes of a block, read if they have to be."""
        found = self.table.get(block)
        if found is None:
            self.load([(block, parent, partition)], is_data)
            found = self.table[block]
        found.used = True
        return found.view

    def writable(self, block: int, parent: Place, partition: int) -> memoryview:
        """Return the bytes of a block of data, to be changed; say so with `touch` afterwards."""
        found = self.table.get(block)
        if found is None:
            self.load([(block, parent, partition)], True)
            found = self.table[block]
        if not found.writable:
            found.view = self._sys.xn_view(block, True)
            found.writable = True
        found.used = True
        return found.view

    def touch(self, block: int) -> None:
        """Say that a block of data was changed through its view."""
        if self.shared or block not in self.dirty:
            self._sys.xn_set_dirty([block])
            self.dirty[block] = self.table[block]

    def load(self, wanted: Sequence[Wanted], is_data: bool, also_raw: Sequence[int] = ()) -> None:
        """Bring blocks into core, and with the same request others whose owner is not known.

        Room is made before, so that what comes is there afterwards; what was there may be gone.

        Args:
            wanted: not in `table`; none twice.
            is_data: what they are.
            also_raw: neither in `table` nor in `raw`, and in use.
        """
        self.trim(len(wanted) + len(also_raw))
        for start in range(0, len(wanted), _AT_ONCE):
            part = wanted[start : start + _AT_ONCE]
            self._load_part(part, is_data, also_raw if start == 0 else ())

    @property
    def is_full(self) -> bool:
        """Whether there are more blocks than are to be kept."""
        return len(self.table) + len(self.raw) > self.limit

    def _load_part(self, wanted: Sequence[Wanted], is_data: bool, also_raw: Sequence[int]) -> None:
        sys = self._sys
        absent: list[int] = []
        for block, parent, partition in wanted:
            sys.xn_bind(block, parent, partition)
            if not self.raw.forget(block) and not is_in_core(sys, block):
                absent.append(block)
        absent += [block for block in also_raw if self.raw.insert(block)]
        self._read(absent)
        for block, parent, _ in wanted:
            self.table[block] = Buffer(block, parent, is_data, sys.xn_view(block), writable=False)

    def _read(self, blocks: list[int]) -> None:
        """Read blocks that are bound, and wait."""
        if not blocks:
            return
        sys = self._sys
        pages = [self.pages.take() for _ in blocks]
        sys.area.words[READING] = len(blocks)
        sys.xn_read(blocks, pages, READING)
        sys.wait(READING)

    def hold_new(self, block: int, parent: Place, is_data: bool) -> memoryview:
        """Return the zeros of a block that was just allocated; a page was reserved before."""
        sys = self._sys
        page = self.pages.take()
        sys.xn_attach(block, page)
        found = Buffer(block, parent, is_data, sys.xn_view(block, is_data), is_data)
        found.fresh = found.unreached = True
        self.table[block] = self.dirty[block] = found
        if not is_data:
            self.unreached.setdefault(parent[0], []).append(block)
        return found.view

    def is_known(self, block: int) -> bool:
        """Say whether the kernel has a block in core, or somebody reads it."""
        entry = self._sys.xn_entry(block)
        return block in self.raw or (entry is not None and (entry.in_core or entry.reading))

    def replace(self, block: int, parent: Place, partition: int, data: bytes) -> None:
        """Give a block of data, which is not in core, new contents: nothing is read."""
        sys = self._sys
        page = self.pages.take()
        sys.xn_bind(block, parent, partition)
        sys.page_bind(page, True)[: len(data)] = data
        sys.xn_attach(block, page, True)
        found = Buffer(block, parent, True, sys.xn_view(block, True), writable=True)
        self.table[block] = self.dirty[block] = found

    def adopt(self, block: int) -> memoryview:
        """Return the bytes of a root, which was opened and is in core."""
        found = Buffer(block, (block, ()), False, self._sys.xn_view(block), writable=False)
        self.table[block] = found
        return found.view

    def change(self, block: int) -> None:
        """Say that a call has changed a block of metadata."""
        if block not in self.dirty:
            self.dirty[block] = self.table[block]

    def reach(self, block: int) -> None:
        """The pointers in a block are on the disk."""
        for each in self.unreached.pop(block, ()):
            buffer = self.table.get(each)
            if buffer is not None:
                buffer.unreached = False

    def forget(self, block: int) -> None:
        """A block was freed."""
        self.table.pop(block, None)
        self.dirty.pop(block, None)
        self.raw.forget(block)

    def pin(self, block: int) -> None:
        """Keep a block, for somebody keeps a view."""
        self.table[block].pins += 1

    def unpin(self, block: int) -> None:
        """One view less is kept."""
        if block in self.table:
            self.table[block].pins -= 1

    def revalidate(self) -> None:
        """Forget what this environment does not hold any more: freed by others, or taken back."""
        sys = self._sys
        own = sys.environment_id()
        for block, buffer in tuple(self.table.items()):
            entry = sys.xn_entry(block)
            if entry is None or own not in entry.holders or not entry.in_core:
                self.forget(block)
                self.flying.pop(block, None)
            elif entry.initialised:
                buffer.fresh = False

    # ---- giving up

    def trim(self, coming: int = 0) -> None:
        """Where blocks, with those that are coming, are too many: give up data that are clean.

        Those that were not used lately go, down to somewhat below the limit.
        """
        excess = len(self.table) + len(self.raw) + coming - self.limit
        if excess > 0:
            self._give_up(excess + int(self.limit * _KEPT), keep=True)

    def give_back(self, count: int) -> None:
        """Give pages back that the kernel wants: what is clean leaves the core."""
        self._give_up(count - self.pages.give_back(), keep=False)

    def _give_up(self, count: int, keep: bool) -> None:
        count -= self.raw.release(count)
        for _ in range(2):
            if count <= 0:
                return
            for buffer in tuple(self.table.values()):
                if not buffer.is_data:
                    continue
                if buffer.used:
                    buffer.used = False
                elif self.release(buffer, keep):
                    count -= 1
                    if count <= 0:
                        return

    def drop(self, keep: int | None) -> None:
        """Give up all that are clean, from the leaves upwards, but the block `keep`."""
        self.raw.release(len(self.raw))
        left = [buffer for buffer in self.table.values() if buffer.block != keep]
        while left:
            stay = [buffer for buffer in left if not self.release(buffer, keep=False)]
            if len(stay) == len(left):
                return
            left = stay

    def release(self, buffer: Buffer, keep: bool = True) -> bool:
        """Give a buffer up, if it is clean, nobody needs its view, and nothing is bound below it.

        Args:
            buffer: to be given up.
            keep: the kernel may keep it as long as it has room.
        """
        block = buffer.block
        if buffer.pins or block in self.dirty or block in self.flying:
            return False
        try:
            self._sys.xn_release(block, keep)
        except Refusal as refusal:
            if refusal.code in (Code.HAS_KIDS, Code.DIRTY):
                return False
            raise
        del self.table[block]
        return True
