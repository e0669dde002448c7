"""The superblock of FFS, and what follows from it: where each inode is.

In: numbers, or a superblock. Out: `Geometry`.

      0 magic u64  8 own block u32  12 blocks u32  16 groups u32  20 blocks of a group u32  24 table blocks of
      a group u32
     28 dirty u32
   1024 descriptor u32[768]    one block for each cylinder group

    descriptor:  0 first u32, the number of the group's first inode   4 hint u32   1024 table u32[768]
    table block: 32 inodes of 128 bytes
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

MAGIC = 0x206E6F2053464620
ROOT = 2
"""The root directory's inode; 0 and 1 are never used."""

INODES = 32  # in a block
DESCRIPTORS_AT = TABLES_AT = 1024
_MOST_GROUPS = 768
_GROUP_BLOCKS = 2048  # 8 MB, as the cylinder groups of its time
_BLOCKS_PER_TABLE = 64  # an inode for each 8 KB
_FIELDS = struct.Struct("<QIIIIII")


@dataclass(frozen=True, slots=True)
class Geometry:
    """Where things are.

    Args:
        block: the superblock.
        blocks: of the file system, from the disk's first on.
        groups: how many.
        group_blocks: blocks of a group.
        tables: blocks of inodes in each group.
    """

    block: int
    blocks: int
    groups: int
    group_blocks: int
    tables: int

    @property
    def inodes(self) -> int:
        """How many inodes a group has."""
        return INODES * self.tables

    def group_of(self, number: int) -> int:
        """Return the group of an inode."""
        return number // self.inodes

    def table_of(self, number: int) -> int:
        """Return which block of its group's table an inode is in."""
        return number % self.inodes // INODES

    def start_of(self, group: int) -> int:
        """Return the first block of a group."""
        return group * self.group_blocks


def plan_geometry(block: int, blocks: int) -> Geometry:
    """Return how a disk of `blocks` blocks is divided."""
    size = _GROUP_BLOCKS
    while blocks > size * _MOST_GROUPS:
        size *= 2
    groups = -(-blocks // size)
    tables = max(1, min(size, blocks) // _BLOCKS_PER_TABLE)
    return Geometry(block, blocks, groups, size, min(tables, _MOST_GROUPS))


def pack_super(geometry: Geometry) -> bytes:
    """Return the first bytes of a superblock."""
    return _FIELDS.pack(
        MAGIC,
        geometry.block,
        geometry.blocks,
        geometry.groups,
        geometry.group_blocks,
        geometry.tables,
        0,
    )


def read_super(view: memoryview) -> Geometry | None:
    """Return what a superblock says; None: it is none."""
    magic, block, blocks, groups, size, tables, _ = _FIELDS.unpack_from(view)
    if magic != MAGIC or not (0 < groups <= _MOST_GROUPS and 0 < tables <= _MOST_GROUPS and size):
        return None
    return Geometry(block, blocks, groups, size, tables)
