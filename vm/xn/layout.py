"""What XN keeps on the disk for itself, so that a reboot finds everything.

In: numbers. Out: bytes of a sector, and back. What a reader finds is hostile: every number is checked.

    block 0              not used
    block 1              the super block; only its first sector counts, so that a write of it is atomic
    block 2 ...          the free map, one bit for each block, 1 = free (bit 0 of a byte is its first block)
    then 4 blocks        the root catalogue, 16 entries of 256 bytes in a block
    then 4 blocks        the type catalogue, 32 entries of 128 bytes in a block
    then                 everybody's blocks

    super block   0 magic[8]  8 version u32  12 flags u32 (1 clean, 2 ordered free map, 4 walk)
                  16 blocks u64  24 crc32 u32 of the free map, if clean
                  28 crc32 u32 of the 28 bytes before
    root entry    0 name[80]  80 capability's name[7], its length u8  88 block u64  96 type u32
                  100 arguments, how many u32  104 arguments u64[12]  200 crc32 u32 of the 200 bytes before
    type entry    0 name[80]  80 first block u64  88 bytes u32  92 number u32
                  96 first 16 bytes of the SHA-256 of the form  112 crc32 u32 of the 112 bytes before

An entry of zeros is free. Each lies in one sector: it is there, or it is not.

Source: ORIGINALS.md 3.3 (super block, free map, root catalogue, type catalogue of the released XN).
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass

from vm.xn.limits import BLOCK, MAX_NAME_BYTES, ROOT_BLOCKS, SECTOR, TYPE_BLOCKS

MAGIC = b"XN disk\0"
VERSION = 1
CLEAN, ORDERED, WALK = 1, 2, 4
SUPER_BLOCK, MAP_BLOCK = 1, 2
ROOT_BYTES, TYPE_BYTES = 256, 128
MAX_ARGUMENTS = 12

_SUPER = struct.Struct("<8sIIQI")
_ROOT = struct.Struct("<80s7sBQII12Q")
_TYPE = struct.Struct("<80sQII16s")
_CRC = struct.Struct("<I")


@dataclass(frozen=True, slots=True)
class Super:
    """The super block.

    Args:
        blocks: of the disk, all included.
        clean: nothing was written since the free map was.
        ordered: a block's bit in the free map is cleared on the disk before anything on the disk points to
            it.
        walk: whatever the map says, the next boot has to walk the roots: something was damaged, or the map
            has blocks that hang from no root of the catalogue.
        map_crc: of the free map as it was written last, if `clean`.
    """

    blocks: int
    clean: bool
    ordered: bool
    walk: bool = False
    map_crc: int = 0

    @property
    def map_blocks(self) -> int:
        """How many blocks the free map takes."""
        return -(-self.blocks // (8 * BLOCK))

    @property
    def roots_at(self) -> int:
        """The first block of the root catalogue."""
        return MAP_BLOCK + self.map_blocks

    @property
    def types_at(self) -> int:
        """The first block of the type catalogue."""
        return self.roots_at + ROOT_BLOCKS

    @property
    def first_block(self) -> int:
        """The first block that is not XN's own."""
        return self.types_at + TYPE_BLOCKS


@dataclass(frozen=True, slots=True)
class RootEntry:
    """A root of the catalogue, as it stands on the disk; `capability` is the name of its guard."""

    name: str
    capability: bytes
    block: int
    type: int
    arguments: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class TypeEntry:
    """A set of types of the catalogue; its download form lies in the blocks from `block` on."""

    name: str
    block: int
    length: int
    number: int
    digest: bytes


def pack_super(super_block: Super) -> bytes:
    """Return the sector of the super block."""
    flags = (CLEAN if super_block.clean else 0) | (ORDERED if super_block.ordered else 0)
    flags |= WALK if super_block.walk else 0
    numbers = (super_block.blocks, super_block.map_crc)
    return _seal(_SUPER.pack(MAGIC, VERSION, flags, *numbers), SECTOR)


def unpack_super(sector: bytes, blocks: int) -> Super | None:
    """Return the super block of a disk of `blocks` blocks; None: there is none, or it is damaged."""
    if not _is_sealed(sector, _SUPER.size):
        return None
    magic, version, flags, stated, map_crc = _SUPER.unpack_from(sector)
    clean, ordered, walk = (bool(flags & flag) for flag in (CLEAN, ORDERED, WALK))
    found = Super(stated, clean, ordered, walk, map_crc)
    if magic != MAGIC or version != VERSION or not found.first_block < stated <= blocks:
        return None
    return found


def pack_root(entry: RootEntry) -> bytes:
    """Return the 256 bytes of a root."""
    words = entry.arguments + (0,) * (MAX_ARGUMENTS - len(entry.arguments))
    guard = entry.capability
    return _seal(
        _ROOT.pack(
            pack_name(entry.name), guard, len(guard), entry.block, entry.type, len(entry.arguments), *words
        ),
        ROOT_BYTES,
    )


def unpack_root(data: bytes) -> RootEntry | None:
    """Return a root; None: the entry is free, or damaged (`is_blank` tells)."""
    if not _is_sealed(data, _ROOT.size):
        return None
    raw, guard, length, block, kind, count, *words = _ROOT.unpack_from(data)
    name = unpack_name(raw)
    if name is None or length > len(guard) or count > MAX_ARGUMENTS:
        return None
    return RootEntry(name, guard[:length], block, kind, tuple(words[:count]))


def pack_type(entry: TypeEntry) -> bytes:
    """Return the 128 bytes of a set of types."""
    fields = (pack_name(entry.name), entry.block, entry.length, entry.number, entry.digest)
    return _seal(_TYPE.pack(*fields), TYPE_BYTES)


def unpack_type(data: bytes) -> TypeEntry | None:
    """Return a set of types; None: the entry is free, or damaged."""
    if not _is_sealed(data, _TYPE.size):
        return None
    raw, block, length, number, digest = _TYPE.unpack_from(data)
    name = unpack_name(raw)
    return None if name is None else TypeEntry(name, block, length, number, digest)


def is_blank(data: bytes) -> bool:
    """Say whether an entry is free."""
    return data.count(0) == len(data)


def pack_name(name: str) -> bytes:
    """Return a name's 80 bytes; the caller has seen that it fits."""
    raw = name.encode()
    assert 0 < len(raw) <= MAX_NAME_BYTES, "names are checked at the system call"
    return raw.ljust(MAX_NAME_BYTES, b"\0")


def unpack_name(raw: bytes) -> str | None:
    """Return a name, None where these bytes are none."""
    text = raw.rstrip(b"\0")
    if not text or b"\0" in text:
        return None
    try:
        return text.decode()
    except UnicodeDecodeError:
        return None


def _seal(data: bytes, size: int) -> bytes:
    return (data + _CRC.pack(zlib.crc32(data))).ljust(size, b"\0")


def _is_sealed(data: bytes, size: int) -> bool:
    return bool(_CRC.unpack_from(data, size)[0] == zlib.crc32(data[:size]))
