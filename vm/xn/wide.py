"""Partitions that look at more than one sector of the disk: their pointers cannot be changed under crashes.

In: a loaded template, and where its object begins in a sector. Out: the bytes that such partitions read. They
depend on nothing else (read sets do not look at the object), so they are found once.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from runtime.template.engine import Loaded
from vm.xn.limits import MAX_PARTITIONS, MAX_WIDE_KEPT, SECTOR

Ranges: TypeAlias = tuple[tuple[int, int], ...]


class WideReads:
    """Byte ranges by the place and the arguments of an object; a bounded memory of a pure function.

    Args:
        run: the template.
    """

    __slots__ = ("_known", "_run")

    def __init__(self, run: Loaded) -> None:
        self._run = run
        self._known: dict[tuple[int, int, tuple[int, ...]], Ranges] = {}

    def find(self, shift: int, length: int, arguments: tuple[int, ...]) -> Ranges:
        """Return byte ranges (start, end) of an object that begins at byte `shift` of a sector."""
        key = (shift, length, arguments)
        found = self._known.get(key)
        if found is None:
            if len(self._known) == MAX_WIDE_KEPT:
                self._known.clear()
            found = self._known[key] = self._search(shift, length, arguments)
        return found

    def _search(self, shift: int, length: int, arguments: Sequence[int]) -> Ranges:
        found: list[tuple[int, int]] = []
        for partition in range(min(MAX_PARTITIONS, self._run.partitions(length, arguments))):
            rows = self._run.reads(arguments, partition, length).tolist()
            reads = [(start, min(start + size, length)) for start, size in rows if size and start < length]
            sectors = {(shift + at) // SECTOR for start, end in reads for at in (start, end - 1)}
            if len(sectors) > 1:
                found += reads
        return tuple(found)
