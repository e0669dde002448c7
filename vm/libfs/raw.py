"""Raw blocks: read early, with a group, before anybody says whose they are.

In: blocks that are in use. Out: they are in the registry, of unknown type, and of no use until somebody binds
them to an object that owns them. Then they need not be read.
"""

from __future__ import annotations

from vm.xok.refusal import Code, Refusal
from vm.xok.syscalls import SystemCalls


class RawBlocks:
    """Raw blocks that this file system holds.

    Args:
        sys: the kernel.
    """

    def __init__(self, sys: SystemCalls) -> None:
        self._sys = sys
        self._held: dict[int, None] = {}

    def __contains__(self, block: int) -> bool:
        return block in self._held

    def __len__(self) -> int:
        return len(self._held)

    def insert(self, block: int) -> bool:
        """Put a block into the registry; say whether it has to be read."""
        try:
            self._sys.xn_raw_insert(block)
        except Refusal as refusal:
            if refusal.code in (Code.ALREADY_BOUND, Code.NOT_OWNED, Code.CLOSED_SUBTREE, Code.QUOTA):
                return False
            raise
        self._held[block] = None
        return not is_in_core(self._sys, block)

    def forget(self, block: int) -> bool:
        """A block was bound, or freed; say whether it was held."""
        known = block in self._held
        self._held.pop(block, None)
        return known

    def release(self, count: int) -> int:
        """Let go of so many, the oldest first; return how many."""
        gone = tuple(self._held)[: max(0, count)]
        for block in gone:
            del self._held[block]
            self._sys.xn_release(block)
        return len(gone)


def is_in_core(sys: SystemCalls, block: int) -> bool:
    """Say whether the kernel has a block's bytes; one that somebody reads is waited for."""
    while True:
        entry = sys.xn_entry(block)
        if entry is None or not entry.reading:
            return entry is not None and entry.in_core
        sys.give_way()
