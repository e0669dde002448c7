"""What every object of a file system has been, operation by operation: so one knows what it may be now.

In: the changes that the model makes. Out: for each object the list of its values, each with the number of the
operation that made it (0: before the first), and the points of persistence. An object is the smallest thing
that may be old or new by itself after a crash:

    entry   (directory, name) -> file or nothing
    size    a range: a write that makes a file longer may have come part of the way
    chunk   512 bytes of a file, a sector of the disk; zeros where there is nothing
    mode    of a file
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import NewType, TypeAlias, TypeVar

FileId = NewType("FileId", int)
"""Of a file, directory or link, in the order of their creation: never used again."""

Entry: TypeAlias = tuple[FileId, str]
Value = TypeVar("Value")

ROOT = FileId(0)
CHUNK = 512
ZEROS = bytes(CHUNK)


class Kind(Enum):
    """What a file is."""

    FILE = "file"
    DIRECTORY = "directory"
    SYMLINK = "symbolic link"


@dataclass(frozen=True, slots=True)
class Point:
    """A point of persistence: what was promised when an operation returned.

    Args:
        time: number of the operation.
        entries, files: what is promised, as it was then; None: everything.
    """

    time: int
    entries: frozenset[Entry] | None
    files: frozenset[FileId] | None

    def covers_entry(self, entry: Entry) -> bool:
        """True if the entry is promised."""
        return self.entries is None or entry in self.entries

    def covers_file(self, file: FileId) -> bool:
        """True if the file's size, contents and mode are promised."""
        return self.files is None or file in self.files


@dataclass(slots=True)
class History:
    """All values of all objects, ascending by time; `now` is the number of the current operation."""

    now: int = 0
    entries: dict[Entry, list[tuple[int, FileId | None]]] = field(default_factory=dict)
    sizes: dict[FileId, list[tuple[int, tuple[int, int]]]] = field(default_factory=dict)
    chunks: dict[tuple[FileId, int], list[tuple[int, bytes]]] = field(default_factory=dict)
    modes: dict[FileId, list[tuple[int, int]]] = field(default_factory=dict)
    links: dict[FileId, list[tuple[int, int]]] = field(default_factory=dict)
    kinds: dict[FileId, Kind] = field(default_factory=dict)
    targets: dict[FileId, str] = field(default_factory=dict)
    points: list[Point] = field(default_factory=list)

    def note_birth(self, file: FileId, kind: Kind, mode: int, target: str = "") -> None:
        """A file comes into being."""
        self.kinds[file], self.targets[file] = kind, target
        self.note_mode(file, mode)
        self.note_size(file, 0, 0)

    def note_entry(self, directory: FileId, name: str, file: FileId | None) -> None:
        """A name gets a meaning, or loses it."""
        self.entries.setdefault((directory, name), [(0, None)]).append((self.now, file))

    def note_size(self, file: FileId, low: int, high: int) -> None:
        """A size changes: anything from `low` to `high` until the operation is done, then `high`."""
        self.sizes.setdefault(file, []).append((self.now, (low, high)))

    def note_contents(self, file: FileId, data: bytearray, offset: int, length: int) -> None:
        """Bytes `offset` ... of `data`, which is the file's whole contents now, may have changed."""
        for chunk in range(offset // CHUNK, (offset + length + CHUNK - 1) // CHUNK):
            new = bytes(data[chunk * CHUNK : (chunk + 1) * CHUNK]).ljust(CHUNK, b"\0")
            values = self.chunks.setdefault((file, chunk), [(0, ZEROS)])
            if values[-1][1] != new:
                values.append((self.now, new))

    def note_mode(self, file: FileId, mode: int) -> None:
        """The mode changes."""
        self.modes.setdefault(file, []).append((self.now, mode))

    def note_links(self, file: FileId, links: int) -> None:
        """The number of names changes."""
        self.links.setdefault(file, []).append((self.now, links))

    def list_changes(self) -> set[int]:
        """Return the numbers of the operations that changed something."""
        objects = (self.entries, self.sizes, self.chunks, self.modes)
        return {time for values in objects for each in values.values() for time, _ in each}


def value_at(values: Sequence[tuple[int, Value]], time: int) -> Value | None:
    """Return the value after operation `time`; None if there was none yet."""
    at = bisect_right(values, time, key=lambda each: each[0])
    return values[at - 1][1] if at else None


def values_between(values: Sequence[tuple[int, Value]], first: int, last: int) -> list[Value]:
    """Return the value after operation `first`, and all that operations up to `last` gave."""
    at = bisect_right(values, first, key=lambda each: each[0])
    end = bisect_right(values, last, key=lambda each: each[0])
    return [value for _, value in values[max(0, at - 1) : end]]
