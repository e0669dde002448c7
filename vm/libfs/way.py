"""Names since the last sync: which were given, which were taken away, and what must go to the disk first.

In: names, and the sectors where they stand. Out: blocks that wait for others. What the disk has of a name is
whole, for it lies in one sector; but two sectors go to the disk in any order, even of one block. Three things
could go wrong:

    a file loses a name before its other name can be found    the way to that is written first: the block, the
                                                              pointer to it, the directory's name, and so on
    a directory goes, and with it what has moved out of it    the blocks that it moved from are written first
    an inode is freed while the disk has a name for it        all blocks that lost one are written first
    a name is there twice: gone here, given there             the place where it was is written first

    the way:  new name -> its block <- pointer in the directory's inode <- name of the directory <- its block
    ...
"""

from __future__ import annotations

from collections.abc import Callable

from vm.libfs.format import Format
from vm.libfs.inode import Node
from vm.libfs.volume import Volume

SECTOR = 512


class Ways:
    """Names that were given and taken since the last sync.

    Args:
        volume: that they are in.
        format_: of the volume.
    """

    def __init__(self, volume: Volume, format_: Format) -> None:
        self._volume = volume
        self._format = format_

    def give(self, number: int, directory: int, block: int, at: int) -> None:
        """Inode `number` has got a name, at byte `at` of a block of a directory."""
        self._volume.recent.setdefault(number, {})[(directory, block, at)] = None

    def take(self, number: int, directory: int, name: bytes, block: int, at: int) -> None:
        """Inode `number` is about to lose its name at byte `at` of a block: that waits for its other names.

        A name in the same sector is there when the other one is gone.
        """
        volume = self._volume
        given = volume.recent.get(number, {})
        given.pop((directory, block, at), None)
        blocks: dict[int, None] = {}
        for above, where, place in given:
            if (where, place // SECTOR) != (block, at // SECTOR):
                self._collect(above, where, blocks)
        for each in blocks:
            if each != block:
                volume.order.before(each, block)
        if block in blocks and volume.order.mode != "none":
            volume.writeback.flush([block])
        if given:
            volume.left.setdefault(directory, {})[block] = None
        self.lose(number, directory, name, block, at)

    def empty(self, number: int, directory: int, block: int) -> None:
        """Directory `number`, empty now, is about to lose its name in `block` of `directory`.

        What has moved out of it is found elsewhere first: when the disk has not those names any more.
        """
        volume = self._volume
        left = volume.left.pop(number, {})
        for each in left:
            if each == block:
                volume.writeback.flush([block])
            else:
                volume.order.before(each, block)
        if left:
            volume.left.setdefault(directory, {})[block] = None

    def lose(self, number: int, directory: int, name: bytes, block: int, at: int) -> None:
        """Inode `number` has lost its name; somebody else may have it now."""
        self._volume.lost.setdefault(number, {})[(block, at // SECTOR)] = None
        self._volume.vacated[(directory, name)] = (block, at // SECTOR)

    def keep(self, number: int, block: int, at: int) -> None:
        """Inode `number` is freed only when the name at byte `at` of a block, another's, is gone as well."""
        self._volume.lost.setdefault(number, {})[(block, at // SECTOR)] = None

    def bury(self, node: Node, change: Callable[[], None]) -> None:
        """Do `change`, which frees an inode, when the disk has no name for it: names beside it go with it."""
        beside = (node.block, self._format.sector_of(node))
        lost = self._volume.lost.get(node.number, {})
        self._volume.order.after(sorted({place[0] for place in lost if place != beside}), change)

    def _collect(self, directory: int, block: int, blocks: dict[int, None]) -> None:
        """Add what leads to a name in `block`."""
        blocks[block] = None
        blocks.update(dict.fromkeys(self._volume.list_pointers(block)))
        root = self._format.root
        while directory != root:
            for above, where, _ in self._volume.recent.get(directory, {}):
                if where not in blocks:
                    self._collect(above, where, blocks)
            directory = self._format.find(directory).parent
