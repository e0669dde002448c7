"""An inode, as both file systems have it on the disk, and as a node in core.

In: 128 bytes of a page that the kernel shows. Out: their meaning. All numbers are little-endian.

      0 self u32      its own number; 0: the inode is free
      4 length u64    in bytes
     12 kind u16      directory 0x4000, file 0x8000, symbolic link 0xa000
     14 opens u16     not used
     16 uid u32  20 gid u32
     24 links u16     names of a file; of a directory 2, and 1 for each directory in it
     26 mode u16      permissions
     28 atime u32  32 mtime u32  36 ctime u32
     40 direct u32[15]  100 single u32  104 double u32  108 triple u32
    112 parent u32    the directory whose name for it is the last that was given
    116 group u32     first block of the group where the file's blocks are; 0: in none
    120 group_blocks u32
    124 sanity u32    0xd1d0de77

Source: ORIGINALS.md 4.1 (C-FFS of the released Xok).
"""

from __future__ import annotations

import struct

from vm.libfs.interface import DIRECTORY, FILE, SYMLINK, Stat
from vm.xn.owned import Place

INODE_BYTES = 128
INODE = struct.Struct("<IQHHIIHH3I15I3IIIII")
SANITY = 0xD1D0DE77
DIRECT = 15
SINGLE, DOUBLE, TRIPLE = 15, 16, 17
"""Partitions of an inode's template that own indirect blocks; 0 to 14 own the direct ones."""

_U16 = struct.Struct("<H")
_U32 = struct.Struct("<I")
_U64 = struct.Struct("<Q")
_OWNER = struct.Struct("<II")
_TIMES = struct.Struct("<III")
_POINTERS = struct.Struct("<18I")
_HEAD = struct.Struct("<IQHHIIHHIII")
_GROUP = struct.Struct("<II")


_REPLACED = 0x4C504552  # as the time of the last change: "REPL"


def pack_mark(block: int, at: int) -> tuple[int, int, int]:
    """Return the times of a directory whose name, at byte `at` of a block, is about to mean another one."""
    return block, at, _REPLACED


def pack_inode(
    number: int, kind: int, mode: int, uid: int, gid: int, links: int, parent: int, now: int
) -> bytes:
    """Return a new inode, which points to nothing."""
    times = (now, now, now)
    return INODE.pack(number, 0, kind, 0, uid, gid, links, mode, *times, *(0,) * 18, parent, 0, 0, SANITY)


class Node:
    """An inode in core. What it says is read from the page each time, so that it is never out of date.

    Args:
        number: of the inode.
        place: of the object, for system calls; `union` is the place of the union around it.
        view: its 128 bytes.

    Attributes:
        opens: handles.
        doomed: it has no name any more, and goes as soon as it may.
        next_index: where a sequential reader would go on.
        goal: where its next block should be; 0: nobody knows.
        names: of a directory, its names in core; None: not looked at yet.
    """

    __slots__ = (
        "block",
        "doomed",
        "goal",
        "names",
        "next_index",
        "number",
        "opens",
        "place",
        "union",
        "view",
    )

    def __init__(self, number: int, place: Place, union: Place, view: memoryview) -> None:
        self.number = number
        self.place = place
        self.union = union
        self.block = place[0]
        self.view = view
        self.opens = 0
        self.doomed = False
        self.next_index = 0
        self.goal = 0
        self.names: object | None = None

    @property
    def is_live(self) -> bool:
        """Whether this is the inode that it was."""
        return bool(_U32.unpack_from(self.view, 0)[0] == self.number)

    @property
    def length(self) -> int:
        """In bytes."""
        return int(_U64.unpack_from(self.view, 4)[0])

    @property
    def kind(self) -> int:
        """DIRECTORY, FILE or SYMLINK."""
        return int(_U16.unpack_from(self.view, 12)[0])

    @property
    def is_directory(self) -> bool:
        """Whether it has names."""
        return self.view[13] == DIRECTORY >> 8

    @property
    def is_file(self) -> bool:
        """Whether it has data."""
        return self.view[13] == FILE >> 8

    @property
    def is_symlink(self) -> bool:
        """Whether it leads elsewhere."""
        return self.view[13] == SYMLINK >> 8

    @property
    def owner(self) -> tuple[int, int]:
        """User and group."""
        uid, gid = _OWNER.unpack_from(self.view, 16)
        return uid, gid

    @property
    def links(self) -> int:
        """How many names."""
        return int(_U16.unpack_from(self.view, 24)[0])

    @property
    def mode(self) -> int:
        """Permissions."""
        return int(_U16.unpack_from(self.view, 26)[0])

    @property
    def times(self) -> tuple[int, int, int]:
        """Of access, modification and change."""
        accessed, modified, changed = _TIMES.unpack_from(self.view, 28)
        return accessed, modified, changed

    @property
    def mark(self) -> tuple[int, int] | None:
        """Where the name of a replaced directory was: block, byte (`pack_mark`); None: it was none."""
        block, at, magic = self.times
        return (block, at) if magic == _REPLACED else None

    @property
    def parent(self) -> int:
        """The number of a directory that names it."""
        return int(_U32.unpack_from(self.view, 112)[0])

    @property
    def group(self) -> tuple[int, int]:
        """First block and size of the group that its blocks are in."""
        start, blocks = _GROUP.unpack_from(self.view, 116)
        return start, blocks

    def pointer(self, partition: int) -> int:
        """Return the block that a partition owns; 0: none."""
        return int(_U32.unpack_from(self.view, 40 + 4 * partition)[0])

    @property
    def pointers(self) -> tuple[int, ...]:
        """All 18 of them."""
        return _POINTERS.unpack_from(self.view, 40)

    def stat(self, blocks: int) -> Stat:
        """Return what users may know; `blocks` has been counted by the caller."""
        number, length, kind, _, uid, gid, links, mode, *times = _HEAD.unpack_from(self.view)
        return Stat(number, kind, kind | mode, links, uid, gid, length, blocks, *times)
