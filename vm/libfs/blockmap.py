"""Which block holds which part of a file: 15 direct pointers, and trees of one, two and three levels.

In: a node, and the index of a block in its file. Out: block numbers (0: a hole), allocated or freed where
that is asked.

    inode --- direct 0..14 ---------------------------------> blocks      0 ..  14
          --- single ------------------------------> 1,024 -> blocks     15 .. 1,038
          --- double ----------------> 1,024 -> 1,024 ------> blocks  1,039 .. 1,049,614
          --- triple --> 1,024 -> 1,024 -> 1,024 -----------> and on to 1,074,791,438: files of 4 TB

What the pointers lead to, data or a directory's blocks, is the business of their templates: the calls are the
same.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence

from vm.libfs.buffers import Buffers, Wanted
from vm.libfs.inode import DIRECT, SINGLE, Node
from vm.xn.owned import Place
from vm.xok.refusal import Code, Refusal
from vm.xok.syscalls import SystemCalls

FAN = 1024
RUN = 16  # pointers that one call sets or clears
LEVELS = ("single", "double", "triple")
STARTS = (DIRECT, DIRECT + FAN, DIRECT + FAN + FAN**2)
MOST_BLOCKS = DIRECT + FAN + FAN**2 + FAN**3
_ALL = struct.Struct("<1024I")
_ONE = struct.Struct("<I")


def locate(index: int) -> tuple[int, tuple[int, ...]]:
    """Return how many levels lie above a block, 0 to 3, and its slot in each, from the inode downwards."""
    if index < DIRECT:
        return 0, (index,)
    level = 1 if index < STARTS[1] else 2 if index < STARTS[2] else 3
    rest = index - STARTS[level - 1]
    return level, tuple(rest // FAN**power % FAN for power in range(level - 1, -1, -1))


class BlockMap:
    """The block maps of all files of a file system.

    Args:
        sys: the kernel.
        buffers: of the file system.
    """

    def __init__(self, sys: SystemCalls, buffers: Buffers) -> None:
        self._sys = sys
        self._buffers = buffers

    # ---- looking

    def find(self, node: Node, index: int, count: int) -> list[int]:
        """Return the pointers of `count` blocks from `index` on."""
        found: list[int] = []
        while count > 0:
            if index < DIRECT:
                part = list(node.pointers[index : min(index + count, DIRECT)])
            else:
                level, slots = locate(index)
                room = min(count, FAN - slots[-1])
                leaf = self.find_leaf(node, level, slots)
                if leaf is None:
                    part = [0] * room
                else:
                    part = list(struct.unpack_from(f"<{room}I", leaf[1], 4 * slots[-1]))
            found += part
            index += len(part)
            count -= len(part)
        return found

    def owner(self, node: Node, index: int) -> tuple[Place, int]:
        """Return the object that owns a block that exists, and the partition."""
        if index < DIRECT:
            return node.place, index
        level, slots = locate(index)
        leaf = self.find_leaf(node, level, slots)
        assert leaf is not None, "the block exists"
        return (leaf[0], ()), slots[-1]

    def list_all(self, node: Node) -> list[Wanted]:
        """Return all blocks of a file in core and on the disk, with who owns them: of directories."""
        found: list[Wanted] = [
            (block, node.place, slot) for slot, block in enumerate(node.pointers[:DIRECT]) if block
        ]
        for level in (1, 2, 3):
            block = node.pointer(SINGLE - 1 + level)
            if block:
                self._list_below(block, node.place, SINGLE - 1 + level, level, found)
        return found

    def _list_below(self, block: int, parent: Place, partition: int, level: int, found: list[Wanted]) -> None:
        view = self._buffers.get(block, parent, partition)
        for slot, lower in enumerate(_ALL.unpack_from(view)):
            if lower and level == 1:
                found.append((lower, (block, ()), slot))
            elif lower:
                self._list_below(lower, (block, ()), slot, level - 1, found)

    def count(self, node: Node) -> int:
        """Return how many blocks a file has, indirect ones included."""
        if not any(node.pointers[SINGLE:]):
            return sum(1 for block in node.pointers if block)
        return len(self.list_all(node)) + sum(
            self._count_indirect(node.pointer(SINGLE - 1 + level), node.place, SINGLE - 1 + level, level)
            for level in (1, 2, 3)
        )

    def _count_indirect(self, block: int, parent: Place, partition: int, level: int) -> int:
        if not block or level == 1:
            return 1 if block else 0
        pointers = _ALL.unpack_from(self._buffers.get(block, parent, partition))
        below = (self._count_indirect(b, (block, ()), n, level - 1) for n, b in enumerate(pointers) if b)
        return 1 + sum(below)

    def find_leaf(self, node: Node, level: int, slots: tuple[int, ...]) -> tuple[int, memoryview] | None:
        """Return the indirect block above a block, and its bytes; None where there is a hole."""
        parent, partition = node.place, SINGLE - 1 + level
        block = node.pointer(partition)
        for slot in slots[:-1]:
            if not block:
                return None
            view = self._buffers.get(block, parent, partition)
            parent, partition = (block, ()), slot
            block = int(_ONE.unpack_from(view, 4 * slot)[0])
        return (block, self._buffers.get(block, parent, partition)) if block else None

    # ---- allocating

    def missing(self, node: Node, index: int) -> int:
        """Return how many indirect blocks would have to be allocated above a block."""
        level, slots = locate(index)
        if not level:
            return 0
        parent, partition = node.place, SINGLE - 1 + level
        block = node.pointer(partition)
        for depth, slot in enumerate(slots[:-1]):
            if not block:
                return level - depth
            view = self._buffers.get(block, parent, partition)
            parent, partition = (block, ()), slot
            block = int(_ONE.unpack_from(view, 4 * slot)[0])
        return 0 if block else 1

    def make_leaf(self, node: Node, index: int, goal: Sequence[int]) -> tuple[int, int]:
        """Return the indirect block above a block, and the slot there; allocate what is missing.

        Args:
            node: the file.
            index: of the block; not a direct one.
            goal: free blocks, as many as are missing.
        """
        level, slots = locate(index)
        free = iter(goal)
        partition = SINGLE - 1 + level
        parent: Place = node.place
        block = node.pointer(partition)
        if not block:
            block = next(free)
            self._sys.xn_call(parent, f"set_{LEVELS[level - 1]}", (block,))
            self._buffers.change(parent[0])
            self._buffers.hold_new(block, parent, False)
        for slot in slots[:-1]:
            view = self._buffers.get(block, parent, partition)
            parent, partition = (block, ()), slot
            lower = int(_ONE.unpack_from(view, 4 * slot)[0])
            if not lower:
                lower = next(free)
                self._sys.xn_call(parent, "set", (slot, lower))
                self._buffers.change(block)
                self._buffers.hold_new(lower, parent, False)
            block = lower
        self._buffers.get(block, parent, partition)
        return block, slots[-1]

    def set_run(self, leaf: int, slot: int, start: int, count: int) -> None:
        """Let `count` pointers of an indirect block, in one run of 16, lead to blocks `start` and on."""
        if count == 1:
            self._sys.xn_call((leaf, ()), "set", (slot, start))
        else:
            self._sys.xn_call((leaf, ()), "set_run", (slot, start, count))
        self._buffers.change(leaf)


def refused_as_taken(refusal: Refusal) -> bool:
    """Say whether somebody else took the block first: another may be tried."""
    return refusal.code in (Code.NOT_FREE, Code.WILL_FREE, Code.TRANSFERRING)
