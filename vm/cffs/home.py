"""Where inodes are: which directory owns the block that an inode's number names.

In: a block number. Out: the directory that it is of, and its index there. An inode never moves, but its name
may be elsewhere; and XN shows a block to nobody who cannot say which pointer leads to it. Blocks of
directories that were opened are known. For another (a hard link into a directory that nobody has looked at
since the mount), directories are searched, nearest to the root first, until one owns the block.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from vm.cffs.names import list_inodes
from vm.libfs.volume import Volume

if TYPE_CHECKING:
    from vm.cffs.format import CffsFormat


class Homes:
    """The directories that blocks of inodes are of.

    Args:
        volume: that they are in.
        format_: finds their inodes.

    Attributes:
        known: block -> number of the directory, index of the block.
    """

    def __init__(self, volume: Volume, format_: CffsFormat) -> None:
        self._volume = volume
        self._format = format_
        self.known: dict[int, tuple[int, int]] = {}

    def bring(self, block: int) -> memoryview | None:
        """Return the bytes of a block of inodes; None: no directory owns it."""
        buffer = self._volume.buffers.table.get(block)
        if buffer is not None:
            return buffer.view
        if block not in self.known and not self._search(block):
            return None
        number, index = self.known[block]
        node = self._format.find(number)
        if self._volume.map.find(node, index, 1)[0] != block:
            del self.known[block]  # somebody else has changed the directory
            return self.bring(block)
        return self._volume.buffers.get(block, *self._volume.map.owner(node, index))

    def learn(self, number: int) -> list[int]:
        """Note the blocks of a directory, and return them."""
        node = self._format.find(number)
        blocks = []
        for index in range(-(-node.length // 4096)):
            (block,) = self._volume.map.find(node, index, 1)
            if block:
                self.known[block] = (number, index)
                blocks.append(block)
        return blocks

    def _search(self, wanted: int) -> bool:
        """Look through directories until one owns a block."""
        queue = deque(self._format.roots())
        while queue:
            blocks = self.learn(queue.popleft())
            if wanted in self.known:
                return True
            for block in blocks:
                view = self.bring(block)
                assert view is not None, "it was just learnt"
                queue += [each for each in list_inodes(view) if self._format.find(each).is_directory]
        return False
