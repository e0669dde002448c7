"""Which blocks are free: in core a byte for each block, on the disk a bit.

In: a number of blocks. Out: a `FreeMap`. 1 means free for allocation; what is owned, freed on paper only, the
kernel's own or quarantined is 0. The ordered map's promise is about the disk: a block's bit there is 0 before
anything on the disk points to it. So the map knows which of its sectors say *free* of a block that is not.
"""

from __future__ import annotations

import numpy as np

from vm.xn.limits import SECTOR

SECTOR_BLOCKS = 8 * SECTOR
"""Blocks whose bits one sector holds."""

FREE, USED = 1, 0


class FreeMap:
    """All blocks of a disk.

    Args:
        blocks: how many; all are in use until `release` says otherwise.

    Attributes:
        free: how many blocks are free.
        stale: sectors of the map on the disk, by number, that say free of blocks that are in use.
    """

    def __init__(self, blocks: int) -> None:
        self._bytes = bytearray(blocks)
        self._deferred = bytearray(blocks)
        self.free = 0
        self.stale: set[int] = set()

    def __len__(self) -> int:
        return len(self._bytes)

    @property
    def view(self) -> memoryview:
        """The map as everybody may see it: a byte for each block, 1 = free."""
        return memoryview(self._bytes).toreadonly()

    def is_free(self, block: int) -> bool:
        """Say whether a block may be allocated."""
        return 0 <= block < len(self._bytes) and self._bytes[block] == FREE

    def is_deferred(self, block: int) -> bool:
        """Say whether a block is freed on paper only."""
        return 0 <= block < len(self._bytes) and bool(self._deferred[block])

    def is_used(self, block: int) -> bool:
        """Say whether somebody owns a block, as far as the map knows."""
        return not (self.is_free(block) or self.is_deferred(block))

    def defer(self, block: int) -> None:
        """Mark a block as freed on paper: it may not be allocated yet."""
        assert self.is_used(block), "a block is freed once"
        self._deferred[block] = 1

    def take(self, block: int) -> None:
        """Mark a free block as in use."""
        assert self._bytes[block] == FREE, "a block is allocated once"
        self._bytes[block] = USED
        self.free -= 1
        self.stale.add(block // SECTOR_BLOCKS)

    def release(self, block: int) -> None:
        """Mark a block as free."""
        assert self._bytes[block] == USED, "a block is freed once"
        self._bytes[block] = FREE
        self._deferred[block] = 0
        self.free += 1

    def find(self, hint: int, count: int) -> int | None:
        """Return the first of `count` free blocks side by side behind `hint`, or from the start."""
        run = bytes([FREE]) * count
        found = self._bytes.find(run, hint)
        if found < 0:
            found = self._bytes.find(run)
        return None if found < 0 else found

    def find_last(self, count: int) -> int | None:
        """Return the first of the last `count` free blocks side by side."""
        found = self._bytes.rfind(bytes([FREE]) * count)
        return None if found < 0 else found

    def pack(self, sector: int) -> bytes:
        """Return a sector of the map as it goes to the disk."""
        part = self._bytes[sector * SECTOR_BLOCKS : (sector + 1) * SECTOR_BLOCKS]
        bits = np.packbits(np.frombuffer(part, dtype=np.uint8), bitorder="little").tobytes()
        return bits.ljust(SECTOR, b"\0")

    @property
    def sectors(self) -> int:
        """How many sectors the map takes on the disk."""
        return -(-len(self._bytes) // SECTOR_BLOCKS)

    def fill(self, states: bytes | bytearray) -> None:
        """Take over what a walk has found: a byte for each block, 1 = free."""
        self._bytes[:] = states
        self.free = sum(states)
        self.stale = set(range(self.sectors))

    def load(self, packed: bytes) -> None:
        """Take over the map that stands on the disk."""
        bits = np.unpackbits(np.frombuffer(packed, dtype=np.uint8), count=len(self._bytes), bitorder="little")
        self._bytes[:] = bits.tobytes()
        self.free = int(bits.sum())
        self.stale.clear()
