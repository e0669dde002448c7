"""Blocks of files are freed: all from some index on, or those of a hole.

In: a node. Out: pointers that are cleared, indirect blocks that nothing needs any more among them. XN frees a
block of metadata only if it is in core and nothing is bound below it, so that trees go from the leaves
upwards; data that are not in core go with the indirect block that leads to them, a thousand in one call.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass

from vm.libfs.blockmap import FAN, LEVELS, RUN, STARTS, BlockMap, locate
from vm.libfs.buffers import Buffers
from vm.libfs.inode import DIRECT, SINGLE, Node
from vm.libfs.writeback import Writeback
from vm.xn.owned import Place
from vm.xok.refusal import Code, Refusal
from vm.xok.syscalls import SystemCalls

_ALL = struct.Struct("<1024I")


@dataclass(frozen=True, slots=True)
class _Tree:
    """An indirect block that is to be freed, and the call that does it."""

    block: int
    parent: Place
    partition: int
    level: int
    method: str
    arguments: tuple[int, ...]


class Freeing:
    """Frees blocks of files of a volume.

    Args:
        sys: the kernel.
        buffers: of the volume.
        writeback: waits where a block that is freed is on its way.
        map_: where blocks are.
    """

    def __init__(self, sys: SystemCalls, buffers: Buffers, writeback: Writeback, map_: BlockMap) -> None:
        self._sys = sys
        self._buffers = buffers
        self._writeback = writeback
        self._map = map_

    def clear_beyond(self, node: Node, keep: int) -> None:
        """Free all blocks of a file from index `keep` on, and indirect blocks that nothing needs then."""
        if self._buffers.flying:
            self._writeback.land()
        is_data = not node.is_directory
        for level in (3, 2, 1):
            partition = SINGLE - 1 + level
            block = node.pointer(partition)
            first = max(0, keep - STARTS[level - 1])
            if block and first < FAN**level:
                tree = _Tree(block, node.place, partition, level, f"clear_{LEVELS[level - 1]}", ())
                self._clear_tree(tree, first, is_data)
        if keep < DIRECT:
            gone = [block for block in node.pointers[keep:DIRECT] if block]
            if gone:
                self._sys.xn_call(node.place, "clear_beyond", (keep,))
                self._buffers.change(node.block)
                self._forget(gone)

    def _clear_tree(self, tree: _Tree, first: int, is_data: bool) -> None:
        """Free what an indirect block leads to from its `first` block on, and itself if that is all."""
        view = self._buffers.get(tree.block, tree.parent, tree.partition)
        pointers = _ALL.unpack_from(view)
        if tree.level > 1:
            span = FAN ** (tree.level - 1)
            for slot in range(first // span, FAN):
                if pointers[slot]:
                    lower = _Tree(pointers[slot], (tree.block, ()), slot, tree.level - 1, "clear", (slot,))
                    self._clear_tree(lower, max(0, first - slot * span), is_data)
        elif first or not is_data or not self._clear_whole(tree, pointers):
            self._clear_leaf(tree.block, pointers, first, is_data)
        if first == 0 and tree.block in self._buffers.table:
            self._clear(tree.parent, tree.method, tree.arguments, tree.block)

    def _clear_whole(self, tree: _Tree, pointers: Sequence[int]) -> bool:
        """Free an indirect block with all its data in one call; False: some of them are in core."""
        table = self._buffers.table
        if any(block in table for block in pointers if block):
            return False
        try:
            self._clear(tree.parent, tree.method, tree.arguments, tree.block)
        except Refusal as refusal:
            if refusal.code is not Code.HAS_KIDS:
                raise
            return False
        self._forget([block for block in pointers if block])
        return True

    def _clear_leaf(self, leaf: int, pointers: Sequence[int], first: int, is_data: bool) -> None:
        for start in range(first - first % RUN, FAN, RUN):
            low = max(first, start)
            gone = [block for block in pointers[low : start + RUN] if block]
            if not gone:
                continue
            if is_data:
                self._sys.xn_call((leaf, ()), "clear_run", (low, start + RUN - low))
            else:
                for slot in range(low, start + RUN):
                    if pointers[slot]:
                        self._sys.xn_call((leaf, ()), "clear", (slot,))
            self._buffers.change(leaf)
            self._forget(gone)

    def clear_range(self, node: Node, index: int, count: int) -> None:
        """Free the blocks of a hole: `count` of them from `index` on. Indirect blocks stay."""
        if self._buffers.flying:
            self._writeback.land()
        end = index + count
        while index < end:
            if index < DIRECT:
                block = node.pointer(index)
                if block:
                    self._clear(node.place, "clear_direct", (index,), block)
                index += 1
                continue
            level, slots = locate(index)
            leaf = self._map.find_leaf(node, level, slots)
            slot = slots[-1]
            if leaf is None:
                index += FAN - slot
                continue
            room = min(end - index, RUN - slot % RUN)
            gone = [block for block in struct.unpack_from(f"<{room}I", leaf[1], 4 * slot) if block]
            if gone:
                self._sys.xn_call((leaf[0], ()), "clear_run", (slot, room))
                self._buffers.change(leaf[0])
                self._forget(gone)
            index += room

    def _clear(self, place: Place, method: str, arguments: tuple[int, ...], block: int) -> None:
        """Free one block by a method of what owns it."""
        self._sys.xn_call(place, method, arguments)
        self._buffers.change(place[0])
        self._forget([block])

    def _forget(self, blocks: Sequence[int]) -> None:
        for block in blocks:
            self._buffers.forget(block)
            self._writeback.forget(block)
