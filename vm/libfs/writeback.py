"""Write-back: dirty buffers go to the disk, in rounds that respect what must be there first.

In: blocks. Out: they are stable. XN refuses to write a block that leads to something that was never written,
or that waits for another: so each round sends what it admits, sorted, adjoining blocks in one request, waits,
and makes a drive that has a write cache empty it. Data wait for nothing: they go first.

With grouping, adjoining blocks travel together whatever files they are of: that is the point of groups.
Without it, each file's blocks are a request of their own, as in the conventional systems.
"""

from __future__ import annotations

from collections.abc import Iterable

from vm.libfs.buffers import Buffer, Buffers
from vm.xok.refusal import Code, Refusal
from vm.xok.syscalls import SystemCalls

WRITING, FLUSHING = 1, 2
"""Words of the u-area: blocks being written, a cache being emptied."""

_AT_ONCE = 2048  # blocks of one call
_THEIRS = (Code.TRANSFERRING, Code.LOCKED)
_LATER = (Code.TAINTED, Code.DEPENDENCY, Code.TRANSFERRING, Code.LOCKED)


class Writeback:
    """What sends buffers.

    Args:
        sys: the kernel.
        buffers: whose.
        together: join blocks of different files in one request.
        ordered: the tree is not temporary: XN lets nothing be written that leads to what never was.

    Attributes:
        waits: for each block, those that must be stable first, as the library has told the kernel. What is
            flying counts as stable: everything here begins with waiting for that.
    """

    def __init__(self, sys: SystemCalls, buffers: Buffers, together: bool, ordered: bool) -> None:
        self._sys = sys
        self._buffers = buffers
        self._together = together
        self._ordered = ordered
        self._has_cache = sys.xn_info().write_cache
        self.waits: dict[int, dict[int, None]] = {}
        self._awaited: dict[int, dict[int, None]] = {}

    # ---- order

    def wait_for(self, first: int, then: int) -> None:
        """Note that `then` is not written before `first` is stable."""
        self.waits.setdefault(then, {})[first] = None
        self._awaited.setdefault(first, {})[then] = None

    def forget(self, block: int) -> None:
        """A block was freed: nobody waits for it, it waits for nobody."""
        self._settle(block)
        for first in self.waits.pop(block, ()):
            del self._awaited[first][block]

    def _settle(self, block: int) -> None:
        for then in self._awaited.pop(block, ()):
            del self.waits[then][block]

    def is_stable(self, block: int) -> bool:
        """Say whether the disk has a block as it is."""
        return block not in self._buffers.dirty and block not in self._buffers.flying

    def is_fresh(self, block: int) -> bool:
        """Say whether a block was never written."""
        return self._buffers.table[block].fresh

    # ---- sending

    def flush(self, targets: Iterable[int]) -> None:
        """Write some blocks, and what must be on the disk before them, and wait."""
        self.land()
        wanted = [block for block in targets if block in self._buffers.dirty]
        if wanted:
            self._send_rounds(self._close(wanted))

    def flush_all(self) -> None:
        """Write all dirty blocks, and wait."""
        self.land()
        if self._buffers.dirty:
            self._send_rounds(dict(self._buffers.dirty))

    def send_data(self) -> None:
        """Start writing the data that are dirty, and return; earlier ones have landed."""
        self.land()
        going = [each.block for each in self._buffers.dirty.values() if each.is_data]
        if going:
            self._launch(sorted(going))

    def land(self) -> None:
        """Wait until nothing is flying, and everything that flew is stable."""
        flying = self._buffers.flying
        if not flying:
            return
        self._sys.wait(WRITING)
        self._empty_cache()
        for block, buffer in flying.items():
            buffer.fresh = False
            if block in self._buffers.unreached:
                self._buffers.reach(block)
        flying.clear()

    def _empty_cache(self) -> None:
        """Make stable what the drive has."""
        if self._has_cache:
            self._sys.area.words[FLUSHING] = 1
            self._sys.xn_flush(FLUSHING)
            self._sys.wait(FLUSHING)

    def _close(self, wanted: Iterable[int]) -> dict[int, Buffer]:
        """Return dirty blocks together with those that must be written before them."""
        found: dict[int, Buffer] = {}
        fresh = [each for each in self._buffers.dirty.values() if each.fresh] if self._ordered else []
        stack = list(wanted)
        while stack:
            while stack:
                block = stack.pop()
                if block not in found and block in self._buffers.dirty:
                    found[block] = self._buffers.dirty[block]
                    stack += self.waits.get(block, ())
            fresh = [each for each in fresh if each.block not in found]
            stack = [each.block for each in fresh if self._is_below(each, found)]
        return found

    def _is_below(self, buffer: Buffer, blocks: dict[int, Buffer]) -> bool:
        """Say whether a block hangs from one of `blocks`."""
        table = self._buffers.table
        up = table.get(buffer.parent[0])
        while up is not None and up.block not in blocks:
            up = table.get(up.parent[0]) if up.parent[0] != up.block else None
        return up is not None

    def _send_rounds(self, left: dict[int, Buffer]) -> None:
        data = sorted(block for block, buffer in left.items() if buffer.is_data)
        if data:
            self._launch(data)
            self.land()
        rest = sorted(block for block, buffer in left.items() if not buffer.is_data)
        while rest:
            may_write = self._sys.xn_may_write
            reasons = {block: may_write(block) for block in rest}
            ready = [block for block in rest if reasons[block] is None]
            rest = [block for block in rest if reasons[block] is not None]
            if not ready:
                self._wait_for_others(reasons)
                continue
            self._launch(ready)
            self.land()

    def _wait_for_others(self, reasons: dict[int, Code | None]) -> None:
        """Nothing may be written: another environment's block, lock or transfer must be the reason."""
        assert self._buffers.shared or any(code in _THEIRS for code in reasons.values()), f"stuck: {reasons}"
        sys = self._sys
        ready = [
            block for block in sys.xn_dirty() if block not in reasons and sys.xn_may_write(block) is None
        ]
        if not ready:
            sys.give_way()
            return
        sys.area.words[WRITING] = len(ready)
        sys.xn_write(ready, WRITING)
        sys.wait(WRITING)
        self._empty_cache()

    def _launch(self, blocks: list[int]) -> None:
        """Start writing blocks, ascending, that may be written."""
        for start in range(0, len(blocks), _AT_ONCE):
            for part in self._split(blocks[start : start + _AT_ONCE]):
                self._start(part)

    def _start(self, blocks: list[int]) -> None:
        words = self._sys.area.words
        words[WRITING] += len(blocks)
        try:
            self._sys.xn_write(blocks, WRITING)
        except Refusal as refusal:
            words[WRITING] -= len(blocks)
            if refusal.code not in _LATER or not self._buffers.shared:
                raise
            if len(blocks) > 1:
                for block in blocks:
                    self._start([block])
            return
        dirty, flying = self._buffers.dirty, self._buffers.flying
        for block in blocks:
            flying[block] = dirty.pop(block)
            if block in self._awaited:
                self._settle(block)

    def _split(self, blocks: list[int]) -> list[list[int]]:
        """Return blocks in as few calls as possible, in none of which blocks adjoin that travel apart."""
        if self._together:
            return [blocks]
        table = self._buffers.table
        calls: list[list[int]] = [[], []]
        turn, last, file = 0, -1, -1
        for block in blocks:
            owner = table[block].file
            if block == last + 1 and owner != file:
                turn = 1 - turn
            calls[turn].append(block)
            last, file = block, owner
        return [each for each in calls if each]
