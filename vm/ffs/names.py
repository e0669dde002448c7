"""Names in a directory block of FFS: eight sectors, each tiled by entries.

In: a view of a block. Out: entries, room, and the bytes to be written. Everything about one name is one range
of bytes in one sector, so that it is there whole or not at all.

    entry   0 inode u32 (0: free)  4 bytes u16 (12 or more)  6 kind u8 (upper half of the inode's)  7 bytes of
    the name u8
            8 name, padded to a multiple of four

Source: McKusick et al., TOCS 1984 (directory chunks of 512 bytes).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from vm.libfs.format import Entry

SECTOR = 512
SECTORS = 8
NAME_BYTES = 255
_LEAST = 12

_HEAD = struct.Struct("<IHBB")
_SIZE = struct.Struct("<H")


@dataclass(frozen=True, slots=True)
class Write:
    """Bytes to be written at a byte of the block, and where the entry begins then."""

    offset: int
    data: bytes
    at: int


@dataclass(frozen=True, slots=True)
class Room:
    """An entry that can give room: where it begins, its bytes, and those that its own name needs."""

    at: int
    size: int
    kept: int


def entry_bytes(name_bytes: int) -> int:
    """Return the bytes of an entry whose name has `name_bytes`."""
    return 8 + (name_bytes + 3 & ~3)


def scan_block(view: memoryview) -> Iterator[Entry]:
    """Yield the names in a block."""
    for start in range(0, SECTOR * SECTORS, SECTOR):
        for at, _ in _walk(view, start):
            number, _, kind, length = _HEAD.unpack_from(view, at)
            if number:
                yield Entry(bytes(view[at + 8 : at + 8 + length]), number, kind << 8, at)


def _walk(view: memoryview, start: int) -> Iterator[tuple[int, int]]:
    """Yield where the entries of a sector begin, and how long they are."""
    at, end = start, start + SECTOR
    while at + _LEAST <= end:
        size = int(_SIZE.unpack_from(view, at + 4)[0])
        if size < _LEAST or at + size > end:
            return
        yield at, size
        at += size


def find_room(view: memoryview, start: int, wanted: int) -> Room | None:
    """Return room for an entry in the sector at byte `start`."""
    if not _SIZE.unpack_from(view, start + 4)[0]:
        return Room(start, SECTOR, 0)  # never used: zeros
    at, end = start, start + SECTOR
    while at + _LEAST <= end:
        number, size, _, length = _HEAD.unpack_from(view, at)
        if size < _LEAST or at + size > end:
            return None
        kept = entry_bytes(length) if number else 0
        if size - kept >= wanted:
            return Room(at, size, kept)
        at += size
    return None


def enter_name(view: memoryview, room: Room, name: bytes, number: int, kind: int) -> Write:
    """Return what puts a name where there is room for it."""
    at, size, kept = room.at, room.size, room.kept
    entry = _HEAD.pack(number, size - kept, kind >> 8, len(name)) + _pad(name)
    if not kept:
        return Write(at, entry, at)
    head = bytes(view[at : at + 4]) + _SIZE.pack(kept) + bytes(view[at + 6 : at + kept])
    return Write(at, head + entry, at + kept)


def leave_name(view: memoryview, at: int) -> Write:
    """Return what takes the name at byte `at` away: the entry in front gets its room."""
    before = -1
    for each, size in _walk(view, at - at % SECTOR):
        if each == at:
            if before < 0:
                return Write(at, _HEAD.pack(0, size, 0, 0), at)
            own = int(_SIZE.unpack_from(view, before + 4)[0])
            between = bytes(view[before + 6 : at])
            return Write(before + 4, _SIZE.pack(own + size) + between + bytes(4), before)
        before = each
    raise AssertionError(f"there is no entry at byte {at}")


def replace_inode(view: memoryview, at: int, number: int, kind: int) -> Write:
    """Return what lets the name at byte `at` mean another inode."""
    return Write(at, struct.pack("<I", number) + bytes(view[at + 4 : at + 6]) + bytes([kind >> 8]), at)


def spell_name(view: memoryview, at: int, name: bytes) -> Write | None:
    """Return what changes the name at byte `at`; None: there is no room for it."""
    size = int(_SIZE.unpack_from(view, at + 4)[0])
    if size < entry_bytes(len(name)):
        return None
    return Write(at + 7, bytes([len(name)]) + _pad(name), at)


def inspect_block(view: memoryview) -> list[str]:
    """Return what is wrong with the entries of a block."""
    found: list[str] = []
    for start in range(0, SECTOR * SECTORS, SECTOR):
        if not any(view[start : start + SECTOR]):
            continue
        end = start
        for at, size in _walk(view, start):
            number, _, _, length = _HEAD.unpack_from(view, at)
            if number and entry_bytes(length) > size:
                found.append(f"the name at byte {at} has {length} bytes, its entry {size}")
            end = at + size
        if end != start + SECTOR:
            found.append(f"the entries of the sector at byte {start} end at byte {end}")
    return found


def _pad(name: bytes) -> bytes:
    return name.ljust(len(name) + 3 & ~3, b"\0")
