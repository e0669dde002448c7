"""What the ends of all graphs answer: lists of boxes, and patterns of demands. Loads numpy.

    end: boxes 7, 12, 30, which demand a, b, a+b      list: nobody, 7, 12, 30      pattern: a, b, a+b
    pattern, by service: the position in the list of the first box whose demand holds, 0 for none

Ends with equal boxes share a list, lists with equal demands share a pattern. Equal ones are found by sums of
mixed numbers; the judge compares what they say.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from runtime.tables.boxes_arrays import (
    ONE,
    Flags,
    Indices,
    Numbers,
    count_rows,
    find_starts,
    mix,
    number_within,
    sum_before,
)
from runtime.tables.boxes_graph import Level

_CELLS_AT_ONCE = 1 << 22


@dataclass(frozen=True, slots=True)
class Ends:
    """Lists and patterns; both begin with an empty one, which slots without a box use.

    Args:
        lists: all lists, one after another.
        start: for each end the first number of its list; ends are numbered level by level.
        pattern: for each end its pattern, from 1.
        demands: the demands of each pattern, one pattern after another.
        lengths: how many demands each pattern has.
    """

    lists: NDArray[np.uint32]
    start: Indices
    pattern: Indices
    demands: Indices
    lengths: Indices


def gather_ends(levels: Sequence[Level], demand: Indices, nobody: int) -> Ends:
    """Return what the ends of `levels` hold.

    Args:
        levels: of all graphs, in order.
        demand: of each box.
        nobody: the rank that says that no box has the key.
    """
    firsts = sum_before(np.array([int(level.end.sum()) for level in levels], np.int64))
    owners = [(np.cumsum(level.end) - 1)[level.ends.node] + first for level, first in zip(levels, firsts)]
    nothing = np.zeros(0, np.int64)
    owner = np.concatenate([nothing, *owners])
    box = np.concatenate([nothing, *(level.ends.box for level in levels)])
    starts = find_starts(owner)
    sums = _sum_rows(mix(box.astype(np.uint64) + ONE), starts)
    rows, lengths, kind = _share(sums, starts, count_rows(starts, len(owner)))
    box = box[rows]
    lists = np.full(1 + len(box) + len(lengths), nobody, np.uint32)
    list_starts = 1 + sum_before(lengths + 1)[:-1]
    lists[np.repeat(list_starts, lengths) + 1 + number_within(lengths)] = box
    demands = demand[box]
    places = number_within(lengths).astype(np.uint64)
    begins = sum_before(lengths)[:-1]
    sums = _sum_rows(mix(mix(demands.astype(np.uint64) + ONE) + places), begins)
    rows, pattern_lengths, pattern = _share(sums, begins, lengths)
    return Ends(lists, list_starts[kind], 1 + pattern[kind], demands[rows], pattern_lengths)


def _sum_rows(numbers: Numbers, starts: Indices) -> Numbers:
    return np.add.reduceat(numbers, starts) if len(starts) else np.zeros(0, np.uint64)


def _share(sums: NDArray[np.uint64], starts: Indices, lengths: Indices) -> tuple[Indices, Indices, Indices]:
    """Keep one of those with equal sums: its rows, its length, and for all which one it is."""
    _, first, kind = np.unique(sums, return_index=True, return_inverse=True)
    kept = lengths[first]
    return np.repeat(starts[first], kept) + number_within(kept), kept, kind


def draw_patterns(ends: Ends, holds: Flags) -> NDArray[np.uint16]:
    """Return the patterns, one row each, the first empty; positions in a list count from 1."""
    patterns = np.zeros((1 + len(ends.lengths), len(holds)), np.uint16)
    by_demand = np.ascontiguousarray(holds.T)
    begins = sum_before(ends.lengths)[:-1]
    chunk = max(1, _CELLS_AT_ONCE // max(1, len(holds)))
    for place in range(int(ends.lengths.max(initial=0)), 0, -1):
        rows = np.flatnonzero(ends.lengths >= place)
        for start in range(0, len(rows), chunk):
            some = rows[start : start + chunk]
            met = by_demand[ends.demands[begins[some] + place - 1]]
            patterns[1 + some] = np.where(met, np.uint16(place), patterns[1 + some])
    return patterns
