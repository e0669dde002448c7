"""Inode tables: one in each cylinder group.

In: the number of an inode. Out: the block where it lies, in core; or a free inode, near a directory.
Directories are spread over the groups, files stay in the group of their directory.

Source: McKusick et al., TOCS 1984, section 3.3 (layout policies).
"""

from __future__ import annotations

import errno
import struct

from vm.ffs.geometry import DESCRIPTORS_AT, INODES, ROOT, TABLES_AT, Geometry
from vm.libfs.errors import fail
from vm.libfs.volume import Volume

_ONE = struct.Struct("<I")


class Tables:
    """The inode tables of a file system.

    Args:
        volume: that they are in.
        geometry: of the file system.

    Attributes:
        directories: how many were made or met in each group since the mount.
    """

    def __init__(self, volume: Volume, geometry: Geometry) -> None:
        self._volume = volume
        self.geometry = geometry
        self.directories: dict[int, int] = {}
        self._first: dict[int, int] = {}  # of each group, the first table block that may have a free inode

    def bring_descriptor(self, group: int) -> tuple[int, memoryview] | None:
        """Return a group's descriptor; None: there is no such group."""
        root = self.geometry.block
        if not 0 <= group < self.geometry.groups:
            return None
        view = self._volume.buffers.table[root].view
        block = int(_ONE.unpack_from(view, DESCRIPTORS_AT + 4 * group)[0])
        return (block, self._volume.buffers.get(block, (root, ()), group)) if block else None

    def bring(self, group: int, table: int) -> tuple[int, memoryview] | None:
        """Return a block of inodes; None: there is no such block."""
        found = self.bring_descriptor(group)
        if found is None:
            return None
        descriptor, view = found
        block = int(_ONE.unpack_from(view, TABLES_AT + 4 * table)[0])
        return (block, self._volume.buffers.get(block, (descriptor, ()), table)) if block else None

    def find_free(self, parent: int, is_directory: bool) -> int:
        """Return the number of a free inode.

        Raises:
            OSError: ENOSPC.
        """
        for _ in range(2):
            start = self._choose_group() if is_directory else self.geometry.group_of(parent)
            for step in range(self.geometry.groups):
                number = self._find_in((start + step) % self.geometry.groups)
                if number:
                    if is_directory:
                        self.count_directory(number)
                    return number
            if not self._volume.reclaim():
                break
        raise fail(errno.ENOSPC, "")

    def _choose_group(self) -> int:
        """Return the group with the fewest directories."""
        return min(range(self.geometry.groups), key=lambda group: self.directories.get(group, 0))

    def count_directory(self, number: int) -> None:
        """A directory has this inode."""
        group = self.geometry.group_of(number)
        self.directories[group] = self.directories.get(group, 0) + 1

    def _find_in(self, group: int) -> int:
        """Return a free inode of a group; 0: it has none."""
        for table in range(self._first.get(group, 0), self.geometry.tables):
            found = self.bring(group, table)
            if found is None:
                continue
            base = group * self.geometry.inodes + table * INODES
            for slot, number in enumerate(list_numbers(found[1])):
                if not number and base + slot >= ROOT:
                    self._first[group] = table
                    return base + slot
        self._first[group] = self.geometry.tables
        return 0

    def note_free(self, number: int) -> None:
        """An inode was freed."""
        group, table = self.geometry.group_of(number), self.geometry.table_of(number)
        self._first[group] = min(self._first.get(group, 0), table)


def list_numbers(view: memoryview) -> list[int]:
    """Return what the 32 inodes of a block call themselves; 0: free."""
    return view.cast("I")[::INODES].tolist()
