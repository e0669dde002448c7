"""Which block to take: the kernel shows what is free, the library chooses.

In: the kernel's free map, a byte for each block, 1 = free. Out: numbers of free blocks; nothing is reserved.
The map changes while somebody looks: who is told NOT_FREE asks again.
"""

from __future__ import annotations

from vm.xok.syscalls import SystemCalls

GROUP_BLOCKS = 16
"""Blocks of a group, 64 KB; groups begin at multiples of it."""

_WINDOW = 4096  # blocks that are looked at in one piece
_FREE = b"\1"


class SpaceMap:
    """The free map as an allocator sees it.

    Args:
        sys: the kernel.
        first: block of the file system.
        end: behind its last block.
    """

    def __init__(self, sys: SystemCalls, first: int, end: int) -> None:
        self._map = sys.xn_free_map()
        self.first = first
        self.end = end

    def is_free(self, block: int) -> bool:
        """Say whether a block may be allocated."""
        return self._map[block] == 1

    def find(self, hint: int) -> int:
        """Return a free block at `hint` or behind it, else in front of it; 0: the disk is full."""
        if self.first <= hint < self.end and self._map[hint] == 1:
            return hint
        hint = min(max(hint, self.first), self.end)
        return self._find_in(hint, self.end) or self._find_in(self.first, hint)

    def _find_in(self, start: int, end: int) -> int:
        for low in range(start, end, _WINDOW):
            found = bytes(self._map[low : min(low + _WINDOW, end)]).find(_FREE)
            if found >= 0:
                return low + found
        return 0

    def find_run(self, hint: int, most: int) -> tuple[int, int]:
        """Return a run (first, count) of at most `most` free blocks, long rather than near; (0, 0): none."""
        near = self.find(hint)
        if not near:
            return 0, 0
        count = self.measure(near, most)
        if count == most or near == hint:
            return near, count
        wanted = _FREE * most
        for start, end in ((near, self.end), (self.first, near)):
            for low in range(start, end, _WINDOW):
                found = bytes(self._map[low : min(low + _WINDOW + most, end)]).find(wanted)
                if found >= 0:
                    return low + found, most
        return near, count

    def measure(self, start: int, most: int) -> int:
        """Return how many blocks from `start` on are free, at most `most`."""
        piece = bytes(self._map[start : min(start + most, self.end)])
        return len(piece) - len(piece.lstrip(_FREE))

    def find_in(self, start: int, count: int) -> int:
        """Return the first free block of `count` from `start` on; 0: there is none."""
        found = bytes(self._map[start : min(start + count, self.end)]).find(_FREE)
        return start + found if found >= 0 else 0

    def find_group(self, hint: int) -> int:
        """Return a group that is free as a whole, near `hint`; 0: there is none."""
        first = -(-self.first // GROUP_BLOCKS) * GROUP_BLOCKS
        last = self.end // GROUP_BLOCKS * GROUP_BLOCKS
        hint = min(max(hint // GROUP_BLOCKS * GROUP_BLOCKS, first), last)
        return self._find_group_in(hint, last) or self._find_group_in(first, hint)

    def _find_group_in(self, start: int, end: int) -> int:
        wanted = _FREE * GROUP_BLOCKS
        for low in range(start, end, _WINDOW):
            piece = bytes(self._map[low : min(low + _WINDOW, end)])
            at = piece.find(wanted)
            while at >= 0:
                if at % GROUP_BLOCKS == 0:
                    return low + at
                at = piece.find(wanted, at + GROUP_BLOCKS - at % GROUP_BLOCKS)
        return 0

    def list_used(self, start: int, count: int) -> list[int]:
        """Return the blocks of a run that are not free."""
        return [block for block in range(start, min(start + count, self.end)) if self._map[block] != 1]
