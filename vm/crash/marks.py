"""Bytes that say where they come from: each file's contents, what was never written, and what was freed.

In: a file, a write, a place. Out: bytes; and from bytes, what they are. A write fills its range with cells of
16 bytes that name the file, the write and the place, so that a block which shows up where it does not belong
tells whose it is:

    002.0005@00001f|        cell 0x1f (bytes 0x1f0 on) of file 2, written by operation 5

The medium is filled with `NEVER_WRITTEN` before anything is made on it, and blocks that the kernel hands back
to the free map are filled with `FREED`: to everybody who reads them by mistake, both are pointers to nowhere.
"""

from __future__ import annotations

import re

CELL = 16
NEVER_WRITTEN = b"~never written.~"
FREED = b"~freed, reused.~"

_CELLS = re.compile(rb"([0-9a-f]{3})\.([0-9a-f]{4})@([0-9a-f]{6})\|")


def _write_place(cell: int) -> bytes:
    return b"%06x|" % cell


_PLACES = tuple(map(_write_place, range(4096)))
"""Of the first 64 KB of a file, where most writes are."""


def fill_bytes(file: int, write: int, offset: int, length: int) -> bytes:
    """Return what operation `write` puts into bytes `offset` ... of `file`."""
    first, last = offset // CELL, (offset + length + CELL - 1) // CELL
    head = b"%03x.%04x@" % (file, write)
    places = _PLACES[first:last] if last <= len(_PLACES) else tuple(map(_write_place, range(first, last)))
    cells = head.join((b"", *places))
    return cells[offset - first * CELL : offset - first * CELL + length]


def describe_bytes(data: bytes) -> str:
    """Say what `data` is: for reports about bytes that stand where they should not."""
    if not data.strip(b"\0"):
        return "zeros"
    if NEVER_WRITTEN[1:] in data + data:
        return "what was on the disk before anything was written"
    if FREED[1:] in data + data:
        return "a block that was free for everybody"
    cell = _CELLS.search(data)
    if cell is None:
        return f"unknown bytes {data[:16].hex(' ')}"
    file, write, place = (int(part, 16) for part in cell.groups())
    return f"byte {place * CELL} of file {file} as operation {write} wrote it"


def find_poison(data: bytes) -> str | None:
    """Return what is the matter with metadata that holds bytes nobody has written there; None: nothing."""
    if NEVER_WRITTEN in data:
        return "was never written"
    if FREED in data:
        return "was free for everybody"
    return None


def find_contents(data: bytes) -> str | None:
    """Return which file's contents stand in `data`, None if none do."""
    return describe_bytes(data) if _CELLS.search(data) else None
