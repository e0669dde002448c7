"""What a walk finds, as columns of numbers: objects, and the extents of blocks that they own.

In: rows, many at a time. Out: the same as frozen columns. A disk of a terabyte has more pointers than Python
objects fit into memory, so nothing here is one Python object for each row.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.int64]
Words = npt.NDArray[np.uint64]
Mask = npt.NDArray[np.bool_]

DATA: Final = -1
"""The number of the template `data`."""

LOST: Final = -2
"""In place of a template's number: a continuation whose beginning was not found."""

ROOT, OWN, PART, LIKE = 0, 1, 2, 3
"""How an object is reached."""

NONE: Final = -1


@dataclass(frozen=True, slots=True)
class Objects:
    """Pieces of metadata, numbered as they were found: an owner before what it owns.

    Args:
        template: number in `Walk.templates`.
        place, length: bytes of the image.
        arguments: one row each, filled up with zeros.
        parent: the number of the object that owns it or that it is a part of; NONE of the root.
        mode: ROOT, OWN, PART or LIKE.
    """

    template: Numbers
    place: Numbers
    length: Numbers
    arguments: Words
    parent: Numbers
    mode: Numbers

    def __len__(self) -> int:
        return len(self.template)


@dataclass(frozen=True, slots=True)
class Extents:
    """Bytes of the image that objects own; several blocks of data beside each other are one.

    Args:
        owner: the number of an object.
        place, length: in bytes, whole blocks, inside the file system.
        template: of what is there; DATA, or LOST.
        child: the number of the object there; NONE of data, and of what cannot be looked at.
        head: of a continuation the extent with which the chain begins; otherwise NONE.
    """

    owner: Numbers
    place: Numbers
    length: Numbers
    template: Numbers
    child: Numbers
    head: Numbers

    def __len__(self) -> int:
        return len(self.owner)


class Column:
    """Numbers to which more are added; `freeze` returns them all."""

    def __init__(self) -> None:
        self._parts: list[Numbers] = []

    def add(self, numbers: Numbers) -> None:
        """Put `numbers` behind the others; the array is kept and must not change."""
        self._parts.append(numbers)

    def freeze(self) -> Numbers:
        """Return all numbers."""
        if len(self._parts) != 1:
            joined = np.concatenate(self._parts) if self._parts else np.empty(0, dtype=np.int64)
            self._parts = [joined]
        return self._parts[0]


class ObjectTable:
    """Objects as they are found."""

    def __init__(self, width: int) -> None:
        self._columns = tuple(Column() for _ in range(5))
        self._arguments: list[Words] = [np.empty((0, width), dtype=np.uint64)]
        self.count = 0

    def add(
        self, template: int, place: Numbers, length: Numbers, arguments: Words, parent: Numbers, mode: Numbers
    ) -> None:
        """Add objects of one template."""
        templates = np.full(len(place), template, dtype=np.int64)
        for column, numbers in zip(self._columns, (templates, place, length, parent, mode)):
            column.add(numbers)
        self._arguments.append(arguments)
        self.count += len(place)

    def freeze(self) -> Objects:
        """Return all objects."""
        template, place, length, parent, mode = (column.freeze() for column in self._columns)
        self._arguments = [np.concatenate(self._arguments)]
        return Objects(template, place, length, self._arguments[0], parent, mode)


class ExtentTable:
    """Extents as they are found; the columns `template`, `child` and `head` of a chain come later."""

    def __init__(self) -> None:
        self._columns = tuple(Column() for _ in range(5))
        self._later: list[tuple[int, int, int, int]] = []
        self.count = 0

    def add(self, owner: Numbers, place: Numbers, length: Numbers, template: Numbers, child: Numbers) -> None:
        """Add extents."""
        for column, numbers in zip(self._columns, (owner, place, length, template, child)):
            column.add(numbers)
        self.count += len(owner)

    def settle(self, row: int, template: int, child: int, head: int) -> None:
        """Say what the continuation `row` is."""
        self._later.append((row, template, child, head))

    def freeze(self) -> Extents:
        """Return all extents."""
        owner, place, length, template, child = (column.freeze() for column in self._columns)
        head = np.full(len(owner), NONE, dtype=np.int64)
        if self._later:
            rows, templates, children, heads = np.array(self._later, dtype=np.int64).T
            template, child = template.copy(), child.copy()
            template[rows], child[rows], head[rows] = templates, children, heads
        return Extents(owner, place, length, template, child, head)
