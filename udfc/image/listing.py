"""What a walk found, one line at a time: files with their blocks, or all objects as a tree.

In: a walk. Out: `FileLine`s by identity, or `TreeLine`s from the root down.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from udfc.image.table import NONE
from udfc.image.walk import Walk

Ranges = list[tuple[int, int]]
"""First block and count; what follows each other is joined."""


@dataclass(frozen=True, slots=True)
class FileLine:
    """A file.

    Args:
        number: of its object.
        data, metadata: see `udfc.image.file.FileBlocks`; here in ascending order.
    """

    number: int
    identity: int
    data: Ranges
    metadata: Ranges


@dataclass(frozen=True, slots=True)
class TreeLine:
    """An object, or an extent of data.

    Args:
        number: of the object, or of the owner of the data.
        depth: 0 of the root.
        data: of an object all that it owns without structure; of an extent itself.
        is_data: whether it is an extent of data.
    """

    number: int
    depth: int
    data: Ranges
    is_data: bool


def list_files(walk: Walk) -> Iterator[FileLine]:
    """Yield all files by identity, one identity perhaps several times."""
    files = walk.files
    order = np.lexsort((walk.extents.place, files.owners))
    first, end = walk.block_ranges(order)
    columns = (files.owners[order].tolist(), first.tolist(), end.tolist(), files.contents[order].tolist())
    lines: dict[int, tuple[Ranges, Ranges]] = {}
    for owner, low, high, is_data in zip(*columns):
        if owner != NONE:
            ranges = lines.setdefault(owner, ([], []))
            _append(ranges[0] if is_data else ranges[1], low, high)
    for number, identity in sorted(files.identities.items(), key=lambda item: (item[1], item[0])):
        yield FileLine(number, identity, *lines.get(number, ([], [])))


def list_tree(walk: Walk, depth: int | None, with_data: bool) -> Iterator[TreeLine]:
    """Yield the tree, each object before what it owns.

    Args:
        walk: that is shown.
        depth: how far down, None: to its end.
        with_data: whether data have lines of their own.
    """
    children = _list_children(walk)
    data = _list_data(walk)
    stack = [(0, 0)] if len(walk.objects) else []
    while stack:
        number, level = stack.pop()
        owned = data.get(number, [])
        yield TreeLine(number, level, owned, False)
        if depth is not None and level >= depth:
            continue
        if with_data:
            for each in owned:
                yield TreeLine(number, level + 1, [each], True)
        stack += [(child, level + 1) for child in reversed(children.get(number, ()))]


def _list_children(walk: Walk) -> dict[int, list[int]]:
    children: dict[int, list[int]] = {}
    for number, parent in enumerate(walk.objects.parent.tolist()):
        if parent != NONE:
            children.setdefault(parent, []).append(number)
    return children


def _list_data(walk: Walk) -> dict[int, Ranges]:
    """Return what each object owns that is no object."""
    rows = np.flatnonzero(walk.extents.child == NONE).astype(np.int64)
    first, end = walk.block_ranges(rows)
    data: dict[int, Ranges] = {}
    for owner, low, high in zip(walk.extents.owner[rows].tolist(), first.tolist(), end.tolist()):
        _append(data.setdefault(owner, []), low, high)
    return data


def _append(ranges: Ranges, low: int, high: int) -> None:
    if ranges and sum(ranges[-1]) == low:
        low = ranges.pop()[0]
    ranges.append((low, high - low))
