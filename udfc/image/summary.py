"""What a walk found, in a few numbers.

In: a walk. Out: counts for each template, how deep the metadata go, and what nobody owns.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from udfc.image.table import DATA, LOST, Numbers, Objects
from udfc.image.walk import Walk


@dataclass(frozen=True, slots=True)
class Row:
    """One template: how many objects, and blocks that are owned as such objects."""

    template: str
    objects: int
    blocks: int


@dataclass(frozen=True, slots=True)
class Summary:
    """A walk in numbers.

    Args:
        rows: for each template that was met, `data` last; of data, objects are extents.
        depth: owners between the root and the deepest object, the root not counted.
        owned: blocks that are owned, the root's own among them.
        holes: stretches of blocks that nobody owns.
        free: blocks in them.
    """

    rows: tuple[Row, ...]
    depth: int
    owned: int
    holes: int
    free: int


def summarize_walk(walk: Walk) -> Summary:
    """Count."""
    rows = []
    for number, name in enumerate(walk.templates):
        objects = int((walk.objects.template == number).sum())
        if objects:
            rows.append(Row(name, objects, _count_blocks(walk, number)))
    for number in (DATA, LOST):
        extents = int((walk.extents.template == number).sum())
        if extents:
            rows.append(Row(walk.template_name(number), extents, _count_blocks(walk, number)))
    covered = walk.covered
    owned = int((covered.end - covered.start).sum())
    edges = int(len(covered) and covered.start[0] > 0) + int(
        len(covered) and covered.end[-1] < walk.space.bytes
    )
    holes = max(0, len(covered) - 1) + edges if len(covered) else 1
    free = walk.space.bytes - owned
    return Summary(
        tuple(rows), int(find_depths(walk.objects).max()), owned // walk.unit, holes, free // walk.unit
    )


def find_depths(objects: Objects) -> Numbers:
    """Return for each object how many are above it: by doubling, in few steps."""
    up = np.maximum(objects.parent, 0)
    depth = (objects.parent >= 0).astype(np.int64)
    while up.any():
        depth, up = depth + depth[up], up[up]
    return depth


def _count_blocks(walk: Walk, template: int) -> int:
    """Return how many blocks are owned as objects of a template: twice what is owned twice."""
    length = walk.extents.length[walk.extents.template == template]
    return int((-(-length // walk.unit)).sum())
