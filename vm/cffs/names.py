"""The name area of a sector: up to four entries that tile 128 bytes.

In: a view of a directory block. Out: entries, room, and the words that the methods of `cffs_sector` take.
What is not well formed ends the area: another library may have written it, and the kernel's methods have the
last word.

    entry   0 bytes u8 (32 or more)  1 bytes of the entry before u8  2 kind u8 (upper half of the inode's; 0:
    free)
            3 bytes of the name u8   4 inode u32   8 name, padded with zeros to a multiple of eight

Source: ORIGINALS.md 4.1.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from vm.libfs.format import Entry

SECTOR = 512
AREA = 128
SECTORS = 8
NAME_BYTES = 120
_LEAST = 32

_HEAD = struct.Struct("<BBBBI")
_WORDS = struct.Struct("<15Q")
_SELF = struct.Struct("<I")


@dataclass(frozen=True, slots=True)
class Room:
    """Room in a sector: the entry to give to `enter`, where the new one begins, and its bytes."""

    given: int
    at: int
    bytes: int


def entry_bytes(name_bytes: int) -> int:
    """Return the bytes of an entry whose name has `name_bytes`."""
    return max(_LEAST, (name_bytes + 15) & ~7)


def scan_area(view: memoryview, start: int) -> Iterator[Entry]:
    """Yield the names of the area at byte `start` of a block."""
    at, end = start, start + AREA
    while at < end:
        size, _, kind, length, number = _HEAD.unpack_from(view, at)
        if size < _LEAST or at + size > end:
            return
        if kind:
            yield Entry(bytes(view[at + 8 : at + 8 + length]), number, kind << 8, at)
        at += size


def find_room(view: memoryview, start: int, wanted: int) -> Room | None:
    """Return an entry of the area at byte `start` that gives `wanted` bytes; offsets are of the block."""
    at, end = start, start + AREA
    if not view[start]:
        return Room(start, start, AREA)  # never used: zeros
    while at < end:
        size, _, kind, length, _ = _HEAD.unpack_from(view, at)
        if size < _LEAST or at + size > end:
            return None
        kept = entry_bytes(length) if kind else 0
        if size - kept >= wanted:
            return Room(at, at + kept, size - kept)
        at += size
    return None


def find_slot(view: memoryview, start: int) -> int:
    """Return the number (1 to 3) of a free inode of the sector at byte `start`; 0: there is none."""
    for slot in (1, 2, 3):
        if not _SELF.unpack_from(view, start + AREA * slot)[0]:
            return slot
    return 0


def list_inodes(view: memoryview) -> Iterator[int]:
    """Yield the numbers of the inodes in use in a block of a directory."""
    for sector in range(0, SECTOR * SECTORS, SECTOR):
        for slot in (1, 2, 3):
            number = int(_SELF.unpack_from(view, sector + AREA * slot)[0])
            if number:
                yield number


def method_words(at: int, kind: int, number: int, name: bytes) -> tuple[int, ...]:
    """Return the sixteen arguments of `enter` and `set_name`: where, what for, and the name."""
    head = at % SECTOR | kind >> 8 << 16 | len(name) << 24 | number << 32
    return (head, *_WORDS.unpack(name.ljust(NAME_BYTES, b"\0")))


def inspect_area(view: memoryview, start: int) -> list[str]:
    """Return what is wrong with the entries of an area."""
    found: list[str] = []
    at, end, before = start, start + AREA, 0
    if not any(view[start:end]):
        return found
    while at < end:
        size, behind, kind, length, _ = _HEAD.unpack_from(view, at)
        if size < _LEAST or at + size > end:
            return [*found, f"the entry at byte {at} has {size} bytes"]
        if behind != before:
            found.append(f"the entry at byte {at} says that {behind} bytes are before it, not {before}")
        if kind and entry_bytes(length) > size:
            found.append(f"the name at byte {at} has {length} bytes, its entry {size}")
        at, before = at + size, size
    return found
