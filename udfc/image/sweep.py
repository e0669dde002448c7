"""Lay what is owned and what is marked over each other: from extents to stretches that are alike all along.

In: a walk. Out: for each stretch of the file system how many owners it has, and whether it is marked; and,
for some stretches, who the owners are. All of it is sorting: neither the size of the disk nor how badly it is
damaged matters, only how many extents there are.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from udfc.image.finding import MOST_OWNERS
from udfc.image.span import Spans, join_spans
from udfc.image.table import Extents, Mask, Numbers

_MOST_PAIRS = 1 << 22
"""Pairs of a stretch and an extent over it that are looked at: with more, stretches show fewer owners."""


@dataclass(frozen=True, slots=True)
class Stretches:
    """Bytes `start` ... `end - 1`, ascending, from one change to the next.

    Args:
        owners: how many extents cover it.
        covered: whether something owns it, or it is the root's.
        near: whether something owns a part of the unit of the allocation map that it lies in.
        marked: whether an allocation map marks it; True everywhere when there is no map.
    """

    start: Numbers
    end: Numbers
    owners: Numbers
    covered: Mask
    near: Mask
    marked: Mask

    def take(self, which: Mask) -> tuple[Numbers, Numbers]:
        """Return starts and ends of some."""
        return self.start[which], self.end[which]


def find_stretches(
    extents: Extents, rows: Numbers, covered: Spans, marks: Spans | None, grain: int
) -> Stretches:
    """Cut the file system wherever something begins or ends.

    Args:
        extents: all.
        rows: those that count.
        covered: what is owned at all.
        marks: what is marked, None when there is no map.
        grain: bytes of the units that the map speaks of.
    """
    place = extents.place[rows]
    behind = place + extents.length[rows]
    known = marks if marks is not None else Spans(covered.start[:0], covered.end[:0])
    near = join_spans(covered.start // grain * grain, -(-covered.end // grain) * grain)
    ends = [(place, behind), *((each.start, each.end) for each in (covered, near, known))]
    cuts = np.unique(np.concatenate([each for pair in ends for each in pair]))
    owners = _count(cuts, place, behind)
    is_covered = _count(cuts, covered.start, covered.end) > 0
    marked = _count(cuts, known.start, known.end) > 0 if marks is not None else is_covered
    return Stretches(cuts[:-1], cuts[1:], owners, is_covered, _count(cuts, near.start, near.end) > 0, marked)


def find_owners(extents: Extents, rows: Numbers, start: Numbers, end: Numbers) -> list[tuple[int, ...]]:
    """Return for each of some stretches the numbers of its owners, a few of them where there are many."""
    place = extents.place[rows]
    first = np.searchsorted(end, place, side="right")
    last = np.searchsorted(start, place + extents.length[rows], side="left")
    over = np.flatnonzero(last > first)
    times = (last - first)[over]
    fitting = np.cumsum(times) <= _MOST_PAIRS
    over, times = over[fitting], times[fitting]
    step = np.arange(int(times.sum()), dtype=np.int64) - np.repeat(np.cumsum(times) - times, times)
    stretch = np.repeat(first[over], times) + step
    owner = np.repeat(extents.owner[rows][over], times)
    order = np.argsort(stretch, kind="stable")
    bounds = np.searchsorted(stretch[order], np.arange(len(start) + 1))
    numbers = owner[order]
    return [
        tuple(sorted(numbers[low : min(high, low + MOST_OWNERS)].tolist()))
        for low, high in zip(bounds[:-1].tolist(), bounds[1:].tolist())
    ]


def _count(cuts: Numbers, start: Numbers, end: Numbers) -> Numbers:
    """Return how many spans cover what follows each cut but the last."""
    steps = np.zeros(len(cuts), dtype=np.int64)
    np.add.at(steps, np.searchsorted(cuts, start), 1)
    np.add.at(steps, np.searchsorted(cuts, end), -1)
    return np.cumsum(steps)[:-1].astype(np.int64)
