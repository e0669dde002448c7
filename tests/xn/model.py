"""A naive model of what is owned: what XN's tables must agree with, in as few words as possible.

In: what was done, and what the disk was told. Out: which blocks are free, which are freed on paper only, who
owns what. It knows nothing of taint, pages or versions: only that a block is free again when no disk can
point to it any more.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

SECTORS = 8  # of a block


@dataclass
class Model:
    """The blocks of a disk.

    Args:
        free: may be allocated.
        write_cache: a write that is done is stable after a flush only.
        tree: of each block of metadata: `persistent`, `temporary` or `unattached`.
        owner: of each block that somebody owns.
        fresh: blocks to which the disk cannot have a pointer.
        deferred: by owner, what was freed since its last write began.
        flying: by write, what is freed when that is stable.
        pending: by write, what the disk has not done yet: sector, bytes.
    """

    free: set[int]
    write_cache: bool
    tree: dict[int, str] = field(default_factory=dict)
    owner: dict[int, int | None] = field(default_factory=dict)
    fresh: set[int] = field(default_factory=set)
    deferred: dict[int, set[int]] = field(default_factory=dict)
    flying: dict[int, set[int]] = field(default_factory=dict)
    pending: dict[int, tuple[int, bytes]] = field(default_factory=dict)

    def kids(self, block: int) -> list[int]:
        """Return what a block owns, ascending."""
        return sorted(kid for kid, owner in self.owner.items() if owner == block)

    def give(self, owner: int | None, block: int, tree: str | None) -> None:
        """`owner` has a new block; of metadata, `tree` says in which tree."""
        assert block in self.free, f"block {block} was given, and is not free"
        self.free.discard(block)
        self.owner[block] = owner
        self.fresh.add(block)
        if tree is not None:
            self.tree[block] = tree

    def attach(self, owner: int, block: int) -> None:
        """A tree that hung from nothing hangs from `owner`."""
        self.owner[block] = owner
        self.fresh.add(block)
        stack = [block]
        while stack:
            each = stack.pop()
            if each in self.tree:
                self.tree[each] = self.tree[owner]
                stack += self.kids(each)

    def take(self, block: int) -> None:
        """A block is freed, and what it owns; its deferred blocks wait for its owner, if it was led to."""
        owner = self.owner[block]
        assert owner is not None
        below = self.kids(block)
        now = block in self.fresh or self.tree[owner] != "persistent"
        waiting = self.deferred.pop(block, set())
        for each in (block, *below):
            del self.owner[each]
            self.fresh.discard(each)
            self.tree.pop(each, None)
        (self.free if now else self.deferred.setdefault(owner, set())).update({block, *below} | waiting)

    def drop(self, block: int) -> None:
        """A tree is gone, without any waiting."""
        for each in self.kids(block):
            self.drop(each)
        del self.owner[block]
        self.fresh.discard(block)
        self.tree.pop(block, None)
        self.free.add(block)
        self.free |= self.deferred.pop(block, set())

    # ---- what the disk is told and says (`DiskObserver`)

    def write_started(self, number: int, sector: int, data: bytes, fua: bool) -> None:
        """Blocks begin their way to the disk as they are."""
        self.pending[number] = sector, data
        going = set()
        for block in range(sector // SECTORS, (sector + len(data) // 512) // SECTORS):
            self.fresh.difference_update(self.kids(block))
            going |= self.deferred.pop(block, set())
        self.flying[number] = going

    def write_done(self, number: int) -> None:
        """The drive has it."""
        self.pending.pop(number, None)
        if not self.write_cache:
            self.free |= self.flying.pop(number, set())

    def flush_done(self, numbers: Sequence[int]) -> None:
        """So it is stable."""
        for number in numbers:
            self.free |= self.flying.pop(number, set())
