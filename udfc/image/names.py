"""Names of files: what the directories of a disk say.

In: a walk. Out: `Names`, which knows a path for each identity that a directory leads to. Names are bytes
that whoever made the disk has chosen: they are shown with escapes. Directories may lead in circles; each is
entered once.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

import numpy as np

from udfc.image.reader import Reader
from udfc.image.table import NONE, Numbers
from udfc.image.walk import Walk

_TOGETHER = 4096
"""Directories that are read at once."""

_DEEP = 256
"""Directories of a path that are shown."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A name in a directory.

    Args:
        directory: the identity of the directory.
        name: any bytes.
        identity: that it leads to.
    """

    directory: int
    name: bytes
    identity: int


class Names:
    """Paths.

    Args:
        entries: of all directories, in the order of the walk.
        root: the identity at which paths begin, None when there are no directories.
    """

    def __init__(self, entries: list[Entry], root: int | None) -> None:
        self.entries, self.root = entries, root
        self._inside: dict[int, list[Entry]] = {}
        for entry in entries:
            self._inside.setdefault(entry.directory, []).append(entry)
        self._above: dict[int, Entry | None] = {} if root is None else {root: None}
        queue = deque(self._above)
        while queue:
            for entry in self._inside.get(queue.popleft(), ()):
                if entry.identity not in self._above:
                    self._above[entry.identity] = entry
                    queue.append(entry.identity)

    def path(self, identity: int) -> str | None:
        """Return a path of `identity`, escaped; None when no directory that can be reached has it."""
        if identity not in self._above:
            return None
        parts: list[str] = []
        entry = self._above[identity]
        while entry is not None and len(parts) < _DEEP:
            parts.append(escape_name(entry.name))
            entry = self._above[entry.directory]
        return ("/" if entry is None else ".../") + "/".join(reversed(parts))


def escape_name(name: bytes) -> str:
    """Return a name as text for any terminal, with escapes, and without what it may be filled up with."""
    text = name.rstrip(b" \0").decode("utf-8", "surrogateescape")
    return "".join(c if c.isprintable() and c not in "/\\" else _escape(c) for c in text)


def _escape(character: str) -> str:
    """Return the bytes of a character as escapes."""
    encoded = character.encode("utf-8", "surrogateescape")
    return "".join(f"\\x{byte:02x}" for byte in encoded)


def find_names(walk: Walk) -> Names:
    """Read all directories of a walk."""
    entries: list[Entry] = []
    for template, reader in enumerate(walk.readers):
        if reader.template.names is not None:
            belongs = (walk.objects.template == template) & (walk.files.heads != NONE)
            numbers = np.flatnonzero(belongs)
            for first in range(0, len(numbers), _TOGETHER):
                entries += _read_directories(walk, reader, numbers[first : first + _TOGETHER])
    return Names(entries, _find_root(walk, entries))


def _read_directories(walk: Walk, reader: Reader, numbers: Numbers) -> Iterator[Entry]:
    """Yield the entries of some objects of one template."""
    objects, files = walk.objects, walk.files
    places = objects.place[numbers].tolist()
    rows, counts = reader.loaded.names_each(
        walk.image.view, places, objects.length[numbers].tolist(), objects.arguments[numbers]
    )
    each = iter(rows.tolist())
    for number, place, count in zip(numbers.tolist(), places, counts):
        if count:
            directory = files.identities[int(files.heads[number])]
            for offset, length, identity in islice(each, count):
                name = bytes(walk.image.view[place + offset : place + offset + length])
                yield Entry(directory, name, identity)


def _find_root(walk: Walk, entries: list[Entry]) -> int | None:
    """Return where paths begin: the root's identity, or a directory that is in no other one."""
    if walk.readers[0].template.identity is not None:
        return walk.readers[0].loaded.identity(())
    directories = {entry.directory for entry in entries}
    inside = {entry.identity for entry in entries if entry.identity != entry.directory}
    return min(directories - inside or directories, default=None)
