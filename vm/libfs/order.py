"""Which block must reach the disk before which: the library's part of keeping a crash harmless.

In: two blocks, both with their changes in core, or a change that has to wait. Out: the disk never shows the
later one without the earlier one.

    delayed       XN is told (`xn_depend`), and nothing is written now. Where that would close a circle, the
    later block is
                  written first, as it is before its change.
    synchronous   the earlier block is written at once, as file systems of the 1990s did
    none          a temporary file system: nobody will look at it after a crash

XN by itself keeps blocks from being led to before they were written, and from being used again before all
pointers to them are gone. What is left is names and inodes, which are no blocks; docs/file-systems.md has the
table.

Source: Ganger and Patt, OSDI 1994.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, TypeAlias

from vm.libfs.writeback import Writeback
from vm.xok.refusal import Code, Refusal
from vm.xok.syscalls import SystemCalls

Mode: TypeAlias = Literal["delayed", "synchronous", "none"]


class Order:
    """The order of one file system.

    Args:
        sys: the kernel.
        writeback: what writes.
        mode: see above.

    Attributes:
        pending: changes, and the blocks that each waits for.
    """

    def __init__(self, sys: SystemCalls, writeback: Writeback, mode: Mode) -> None:
        self._sys = sys
        self._writeback = writeback
        self.mode: Mode = mode
        self.pending: list[tuple[list[int], Callable[[], None]]] = []

    def before(self, first: int, then: int) -> None:
        """Let `then`, about to be changed, not be written before `first`, which was changed, is stable."""
        if first == then or self.mode == "none" or self._writeback.is_stable(first):
            return
        if self.mode == "synchronous":
            self._writeback.flush([first])
            return
        if self._is_noted(first, then) or self._depend(first, then):
            return
        self._writeback.flush([then])
        if not self._writeback.is_stable(first) and not self._depend(first, then):
            self._writeback.flush([first])

    def before_data(self, block: int, inode: int) -> None:
        """Let an inode that will be longer not be written before its old last block, which was changed.

        A new block needs no such word: XN lets nothing lead to it before it was written.
        """
        if self.mode == "none" or self._writeback.is_stable(block) or self._writeback.is_fresh(block):
            return
        if not self._is_noted(block, inode) and not self._depend(block, inode):
            self._writeback.flush([block])

    def _is_noted(self, first: int, then: int) -> bool:
        return first in self._writeback.waits.get(then, ())

    def _depend(self, first: int, then: int) -> bool:
        """Tell XN; False: it would be a circle.

        Who may not change the whole of `then` (a table of inodes) may not make it wait, either; but
        anybody may write: then `first` goes now.
        """
        try:
            self._sys.xn_depend(first, then)
        except Refusal as refusal:
            if refusal.code is Code.ACCESS_DENIED:
                self._writeback.flush([first])
                return True
            if refusal.code not in (Code.CYCLE, Code.QUOTA):
                raise
            return False
        self._writeback.wait_for(first, then)
        return True

    def after(self, blocks: list[int], change: Callable[[], None]) -> None:
        """Do `change` when all of `blocks` are stable: what it undoes is named by what the disk has."""
        if self.mode == "synchronous":
            self._writeback.flush(blocks)
        if self.mode == "none" or all(map(self._writeback.is_stable, blocks)):
            change()
        else:
            self.pending.append((blocks, change))

    def commit(self, *blocks: int) -> None:
        """An operation is complete: in synchronous mode its blocks are written now."""
        if self.mode == "synchronous":
            self._writeback.flush(blocks)

    def settle(self) -> bool:
        """Do the changes whose blocks are stable; say whether there were any."""
        ready = [each for each in self.pending if all(map(self._writeback.is_stable, each[0]))]
        self.pending = [each for each in self.pending if each not in ready]
        for _, change in ready:
            change()
        return bool(ready)
