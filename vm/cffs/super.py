"""The superblock of C-FFS.

In: numbers. Out: the bytes that make a new block a file system.

      0 name[64]  64 device u32  68 root inode u32  72 bytes u64  80 dirty u32  84 blocks u32  88 allocated
      u32
     92 quota u32  96 map u32 (0: XN has the free map)  100 own block u32  104 free
    128 inode of the root directory     256 inode of the directory of hidden names (`vm.cffs.aside`)
    384 types u32[16]     448 free

Source: ORIGINALS.md 4.1.
"""

from __future__ import annotations

import struct

from vm.libfs.inode import pack_inode
from vm.libfs.interface import DIRECTORY

TITLE = b"This is an exokernel CFFS file system"
ROOT_AT, ASIDE_AT = 128, 256
_FIELDS = struct.Struct("<64sIIQIIIIII24x")


def root_number(block: int) -> int:
    """Return the number of the root directory's inode."""
    return 32 * block + 1


def aside_number(block: int) -> int:
    """Return the number of the inode of the directory of hidden names."""
    return 32 * block + 2


def pack_super(block: int, blocks: int, uid: int, gid: int, now: int) -> bytes:
    """Return the first 384 bytes of a superblock: of a file system without files."""
    root, aside = root_number(block), aside_number(block)
    fields = _FIELDS.pack(TITLE, 0, root, blocks << 12, 0, blocks, 0, 0, 0, block)
    # Whoever removes a directory may have to put it aside, so that all may write there.
    inodes = ((root, 0o755), (aside, 0o777))
    packed = [pack_inode(number, DIRECTORY, mode, uid, gid, 2, root, now) for number, mode in inodes]
    return fields + b"".join(packed)


def is_super(view: memoryview, block: int) -> bool:
    """Say whether a block is the superblock of a C-FFS."""
    title, _, root, _, _, _, _, _, _, own = _FIELDS.unpack_from(view)
    return bool(title.rstrip(b"\0") == TITLE and root == root_number(block) and own == block)
