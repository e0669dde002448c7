"""Directories that were removed, but whose blocks still hold inodes that have names elsewhere.

In: such a directory. Out: it has a hidden name, in a directory of the superblock that no path leads to, so
that a walk of all metadata still finds it, until its last inode is freed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vm.cffs.names import list_inodes
from vm.cffs.super import aside_number
from vm.libfs.directory import look_up, open_directory
from vm.libfs.format import Directory
from vm.libfs.inode import Node
from vm.libfs.volume import Volume

if TYPE_CHECKING:
    from vm.cffs.format import CffsFormat

_LINKS = 2
"""Of a directory without directories."""


class Aside:
    """The directory of hidden names.

    Args:
        volume: that it is in.
        format_: of the volume.
    """

    def __init__(self, volume: Volume, format_: CffsFormat) -> None:
        self._volume = volume
        self._format = format_

    def _open(self) -> Directory:
        node = self._format.find(aside_number(self._format.root_block))
        return open_directory(self._volume, self._format, node)

    def keep(self, node: Node) -> None:
        """Give a directory a hidden name."""
        directory, name = self._open(), _name(node.number)
        if look_up(self._volume, self._format, directory, name) is not None:
            return
        self._volume.sys.xn_call(node.place, "set_parent", (directory.node.number,))
        self._volume.sys.xn_call(node.place, "set_links", (_LINKS,))
        self._volume.buffers.change(node.block)
        self._format.enter(directory, name, node)
        node.doomed = False

    def settle(self, number: int) -> None:
        """An inode in directory `number` was freed: if that was put aside, and is empty now, it goes."""
        node = self._format.find(number)
        if node.parent != aside_number(self._format.root_block) or number in self._format.roots():
            return
        directory, name = self._open(), _name(number)
        found = look_up(self._volume, self._format, directory, name)
        if found is None or self._has_inodes(number):
            return
        _, block, at = found
        self._format.leave(directory, block, at, number)
        del directory.names[name]
        node.doomed = True
        self._volume.order.after([block], lambda: self._free(number))

    def settle_all(self) -> list[str]:
        """Look at all directories that were put aside."""
        before = len(self._open().names)
        for name in tuple(self._open().names):
            self.settle(int(name, 16))
        gone = before - len(self._open().names)
        return [f"freed {gone} directories that were put aside"] if gone else []

    def _has_inodes(self, number: int) -> bool:
        for block in self._format.homes.learn(number):
            view = self._format.homes.bring(block)
            assert view is not None, "it was just learnt"
            if any(True for _ in list_inodes(view)):
                return True
        return False

    def _free(self, number: int) -> None:
        node = self._format.find(number)
        if self._format.remove_directory(node):
            self._volume.freeing.clear_beyond(node, 0)
            self._format.free(node)


def _name(number: int) -> bytes:
    return f"{number:x}".encode()
