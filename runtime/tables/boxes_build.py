"""Build the bytes of `runtime.tables.boxes`: classes, groups, graphs, and what is left over. Loads numpy.

Boxes that are wide in a column are copied into each part of a graph that narrow ones divide it into. So boxes
are parted by the columns in which they are wide, and parts are joined again where few of their boxes overlap:
each graph costs every lookup about as much as three steps.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from runtime.tables.boxes import MAX_GROUPS, REACH, Boxes
from runtime.tables.boxes_arrays import Columns, Indices, Numbers
from runtime.tables.boxes_classes import Classes, classify_columns
from runtime.tables.boxes_ends import gather_ends
from runtime.tables.boxes_graph import Level, Rows, grow_graph
from runtime.tables.boxes_pack import Plan, pack_table

_WIDE = np.uint64(8)  # a box is wide in a column when it has more than 2**-8 of its numbers
_SAMPLE = 512  # boxes of each of two parts that are compared
_OVERLAPS_PER_BOX = 32  # with more, or with more than ...
_MAX_OVERLAPS = 1 << 17  # ... this, parts stay apart
_ROWS_PER_BOX = 256  # a level of one graph may have this many rows per box
_MIN_ROWS = 1 << 16  # or this many
_MAX_PATTERN_CELLS = 1 << 26


@dataclass(frozen=True, slots=True)
class _Wide:
    """The wide columns of all boxes, row by column, and the largest number of each column."""

    low: Numbers
    high: Numbers
    tops: Numbers


def build_bytes(boxes: Boxes, lows: Columns, highs: Columns, answers: NDArray[np.uint32]) -> bytes:
    """Return the bytes; arguments as for `build_boxes`."""
    narrow = boxes.narrow
    classes = classify_columns(
        [lows[index] for index in narrow],
        [highs[index] for index in narrow],
        tuple(boxes.keys[index].bits for index in narrow),
        len(answers),
    )
    plan = _grow_graphs(_take_wide(boxes, lows, highs), classes)
    if len(plan.ends.lengths) * len(classes.holds) > _MAX_PATTERN_CELLS:
        plan = _plan_graphs(classes, [], np.zeros(len(answers), np.uint8))
    data = pack_table(boxes, plan, lows, highs, answers)
    assert len(data) <= REACH, "the table has its place"
    return data


def _take_wide(boxes: Boxes, lows: Columns, highs: Columns) -> _Wide:
    shape = (len(boxes.wide), len(lows[0]))
    low, high = (
        np.array([numbers[index] for index in boxes.wide], np.uint64).reshape(shape)
        for numbers in (lows, highs)
    )
    return _Wide(low, high, np.array([boxes.keys[index].maximum for index in boxes.wide], np.uint64))


def _grow_graphs(wide: _Wide, classes: Classes) -> Plan:
    """Grow a graph for each part, or for its halves where it is too large; some boxes may remain without."""
    graphs: list[tuple[Level, ...]] = []
    owner = np.zeros(len(classes.demand), np.uint8)
    parts = _join_parts(wide, _part_boxes(wide, np.flatnonzero(classes.demand < classes.known)))
    while parts and len(graphs) < MAX_GROUPS:
        part = parts.pop(0)
        rows = Rows(np.zeros(len(part), np.int64), part, wide.low[:, part], wide.high[:, part])
        budget = max(_MIN_ROWS, _ROWS_PER_BOX * len(part))
        graph = grow_graph(rows, wide.tops, classes.demand, classes.whole, budget)
        if graph is not None:
            graphs.append(graph)
            owner[part] = len(graphs)
        elif len(graphs) + len(parts) + 2 <= MAX_GROUPS:
            parts[:0] = np.array_split(part, 2)
    return _plan_graphs(classes, graphs, owner)


def _plan_graphs(classes: Classes, graphs: list[tuple[Level, ...]], owner: NDArray[np.uint8]) -> Plan:
    levels = [level for graph in graphs for level in graph]
    return Plan(classes, tuple(graphs), gather_ends(levels, classes.demand, len(owner)), owner)


def _part_boxes(wide: _Wide, rest: Indices) -> list[Indices]:
    """Part the boxes `rest` by the first column in which they are not wide; the last are wide in all."""
    broad = (wide.high - wide.low) >> _WIDE >= (wide.tops[:, None] >> _WIDE >> _WIDE)
    parts: list[Indices] = []
    for column in np.argsort(broad.sum(axis=1), kind="stable"):
        parts.append(rest[~broad[column, rest]])
        rest = rest[broad[column, rest]]
    parts.append(rest)
    return [part for part in parts if len(part)]


def _join_parts(wide: _Wide, parts: list[Indices]) -> list[Indices]:
    """Join parts, from the last on, while few of their boxes overlap."""
    limit = min(_MAX_OVERLAPS, _OVERLAPS_PER_BOX * wide.low.shape[1])
    joined = parts[-1:]
    for part in reversed(parts[:-1]):
        if _count_overlaps(wide, part, joined[0]) <= limit:
            joined[0] = np.sort(np.concatenate((part, joined[0])))
        else:
            joined.insert(0, part)
    return joined


def _count_overlaps(wide: _Wide, left: Indices, right: Indices) -> float:
    """Estimate how many boxes of two parts overlap, from an even sample of each."""
    first = left[:: -(-len(left) // _SAMPLE)]
    second = right[:: -(-len(right) // _SAMPLE)]
    overlap = np.ones((len(first), len(second)), np.bool_)
    for low, high in zip(wide.low, wide.high):
        overlap &= (low[first][:, None] <= high[second]) & (low[second] <= high[first][:, None])
    return float(overlap.mean()) * len(left) * len(right)
