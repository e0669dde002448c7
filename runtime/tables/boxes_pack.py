"""Put classes, graphs and scanned boxes into bytes, as `runtime.tables.boxes` draws them. Loads numpy."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from runtime.tables.boxes import (
    ANSWERS,
    GRAPHS,
    GROUPS,
    NOBODY,
    OWNERS,
    PATTERN_MASK,
    PATTERN_SHIFT,
    PRODUCTS,
    SCAN,
    SCANNED,
    Boxes,
)
from runtime.tables.boxes_arrays import Columns
from runtime.tables.boxes_classes import Classes
from runtime.tables.boxes_ends import Ends, draw_patterns
from runtime.tables.boxes_graph import Level

NODE = np.dtype([("start", "<u8"), ("first", "<u4"), ("last", "<u2"), ("shift", "u1"), ("column", "u1")])
_ALIGNMENT = 64
_RARE = 0.1  # the share of keys, counted by boxes, that may need more than the usual steps
_HALF = np.uint64(32)


@dataclass(frozen=True, slots=True)
class Plan:
    """What the builder decided.

    Args:
        classes: of the narrow columns.
        graphs: the levels of each graph.
        ends: of all graphs.
        owner: for each box the number of its graph, from 1, or 0 where it is scanned.
    """

    classes: Classes
    graphs: tuple[tuple[Level, ...], ...]
    ends: Ends
    owner: NDArray[np.uint8]


def pack_table(boxes: Boxes, plan: Plan, lows: Columns, highs: Columns, answers: NDArray[np.uint32]) -> bytes:
    """Return the bytes of a table; `lows`, `highs` and `answers` as for `build_boxes`."""
    paper = _Paper(bytearray(boxes.classes[-1]))
    paper.write_numbers(NOBODY, len(answers))
    _pack_classes(paper, boxes, plan.classes)
    _pack_graphs(paper, plan)
    paper.write_numbers(ANSWERS, paper.append(np.append(answers, np.uint32(boxes.default)).astype("<u4")))
    scanned = np.flatnonzero(plan.owner == 0)
    rows = np.zeros((len(scanned), boxes.box_words), "<u8")
    rows[:, 0] = scanned
    for index, (low, high) in enumerate(zip(lows, highs)):
        rows[:, 1 + 2 * index], rows[:, 2 + 2 * index] = low[scanned], high[scanned]
    paper.write_numbers(SCANNED, len(scanned), paper.append(rows))
    paper.write_numbers(OWNERS, paper.append(plan.owner))
    assert (SCAN, PATTERN_MASK) == (SCANNED + 4, PATTERN_SHIFT + 4), "they are written together"
    return bytes(paper.data)


@dataclass(frozen=True, slots=True)
class _Paper:
    """The bytes so far."""

    data: bytearray

    def align(self, size: int) -> int:
        """Return the place of what comes next, in units of `size` bytes."""
        self.data.extend(bytes(-len(self.data) % _ALIGNMENT))
        return len(self.data) // size

    def append(self, array: NDArray[np.generic]) -> int:
        """Append `array`, aligned, and return its place in units of its elements (scanned boxes: of u64)."""
        place = self.align(array.dtype.itemsize)
        self.data.extend(array.tobytes())
        return place

    def write_numbers(self, offset: int, *numbers: int) -> None:
        """Write u32 numbers into the header."""
        self.data[offset : offset + 4 * len(numbers)] = np.array(numbers, "<u4").tobytes()


def _pack_classes(paper: _Paper, boxes: Boxes, classes: Classes) -> None:
    for offset, direct in zip(boxes.classes, classes.direct):
        paper.data[offset : offset + direct.nbytes] = direct.astype("<u2").tobytes()
    for number, product in enumerate(classes.products):
        place = paper.append(product.cells.astype("<u2"))
        paper.write_numbers(PRODUCTS + 8 * number, place, product.factor)


def _pack_graphs(paper: _Paper, plan: Plan) -> None:
    """Append patterns, lists and nodes, and say in the header where the graphs begin."""
    ends = plan.ends
    patterns = draw_patterns(ends, plan.classes.holds)
    small = int(ends.lengths.max(initial=0)) < 1 << 8
    paper.write_numbers(PATTERN_SHIFT, *((0, 0xFF) if small else (1, 0xFFFF)))
    patterns = patterns.astype("u1" if small else "<u2")
    first_pattern = paper.append(patterns) * patterns.dtype.itemsize
    first_list = paper.append(ends.lists.astype("<u4"))
    rows = (first_pattern + ends.pattern * patterns[0].nbytes).astype(np.uint64)
    starts = rows | ((first_list + ends.start).astype(np.uint64) << _HALF)
    empty = np.uint64(first_pattern) | (np.uint64(first_list) << _HALF)
    base = paper.align(NODE.itemsize)
    done = 0
    paper.write_numbers(GROUPS, len(plan.graphs))
    for number, graph in enumerate(plan.graphs):
        paper.write_numbers(GRAPHS + 8 * number, base, _count_usual_steps(graph))
        for level in graph:
            stops = int(level.end.sum())
            own = np.append(starts[done : done + stops], empty)
            nodes = _write_level(level, own, base, base + len(level.node))
            paper.data.extend(nodes.tobytes())
            done, base = done + stops, base + len(nodes)


def _write_level(level: Level, starts: NDArray[np.uint64], here: int, following: int) -> NDArray[np.void]:
    """Return the nodes of one level, slot by slot.

    Args:
        level: of a graph.
        starts: of its ends, and last of a slot without a box.
        here: place of its first slot.
        following: place of the first slot of the next level.
    """
    kinds = np.zeros(len(level.end) + 1, NODE)
    stop = np.append(level.end, np.True_)
    kinds["start"][stop] = starts
    cuts = level.cuts
    if cuts is not None:
        kinds["start"][~stop], kinds["first"][~stop] = cuts.start, following + cuts.first
        kinds["last"][~stop], kinds["shift"][~stop] = cuts.last, cuts.shift
        kinds["column"][~stop] = cuts.column
    nodes = kinds[level.node]
    itself = here + np.arange(len(nodes))
    nodes["first"] = np.where(stop[level.node], itself, nodes["first"])
    return nodes


def _count_usual_steps(graph: tuple[Level, ...]) -> int:
    """Return how many steps lead most keys to an end, if each box gets as many keys, all its ends alike."""
    boxes = np.concatenate([level.ends.box for level in graph])
    weight = 1 / np.bincount(boxes)[boxes]
    ending = [
        float(part.sum()) for part in np.split(weight, np.cumsum([len(level.ends.box) for level in graph]))
    ]
    rest = np.cumsum(ending[::-1])[::-1]
    return int(np.flatnonzero(rest[1:] <= _RARE * rest[0])[0])
