"""Judge the bytes of `runtime.tables.boxes`: they answer exactly the first box, for every key. Loads numpy.

Nothing is believed that the builder said. Where cuts divide boxes (`deal_rows`) and which box beats another
(`drop_beaten`) is worked out anew, by the same functions. Without trying keys:

- every box is in one graph or scanned; the scanned ones are compared with what they should be;
- classes and products: each cell of each product leads to a service, and all that lead to one agree on
  which demands hold in it (`runtime.tables.boxes_confirm_classes`);
- graphs: from the root down, level by level, each node gets the list of boxes that can matter there, with
  what is left to ask of them. Nodes reached twice must have got equal lists. At an end nothing is left to
  ask, its list holds exactly the boxes, and its pattern says for every service which of them is the first.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from runtime.tables.boxes import (
    ANSWERS,
    GRAPHS,
    GROUPS,
    MAX_GROUPS,
    MAX_STEPS,
    NOBODY,
    OWNERS,
    PATTERN_MASK,
    PATTERN_SHIFT,
    REACH,
    SCAN,
    SCANNED,
    Boxes,
)
from runtime.tables.boxes_arrays import (
    ONE,
    Columns,
    Indices,
    Numbers,
    find_starts,
    number_within,
    sum_before,
)
from runtime.tables.boxes_confirm_classes import Narrow, read_narrow
from runtime.tables.boxes_graph import Cuts, Rows, deal_rows, drop_beaten, find_done
from runtime.tables.boxes_pack import NODE

_EVERYTHING = 1 << 40  # a budget that is never used up
_HALF = np.uint64(32)
_LOW_HALF = np.uint64((1 << 32) - 1)


def confirm_bytes(
    boxes: Boxes, lows: Columns, highs: Columns, answers: NDArray[np.uint32], data: bytes
) -> None:
    """Assert that `data` is right; arguments as for `build_boxes`."""
    assert len(data) <= REACH, "no place is cut"
    table = Paper(data)
    count = len(answers)
    assert table.number(NOBODY) == count, "the rank of the default"
    found = table.array("<u4", table.number(ANSWERS), count + 1)
    assert np.array_equal(found, np.append(answers, np.uint32(boxes.default))), "answers by rank"
    owner = table.array("u1", table.number(OWNERS), count)
    groups = table.number(GROUPS)
    assert groups <= MAX_GROUPS, "as many graphs as the code visits"
    assert int(owner.max(initial=0)) <= groups, "every box is in a graph or scanned"
    _confirm_scan(boxes, lows, highs, np.flatnonzero(owner == 0), table)
    narrow = read_narrow(boxes, lows, highs, np.flatnonzero(owner != 0), data)
    for group in range(groups):
        rows = _take_rows(boxes, lows, highs, np.flatnonzero(owner == group + 1))
        _Judge(boxes, table, narrow, count).confirm_graph(rows, table.number(GRAPHS + 8 * group))


@dataclass(frozen=True, slots=True)
class Paper:
    """The bytes, read at places."""

    data: bytes

    def number(self, offset: int) -> int:
        """Return a number of the header."""
        return int(np.frombuffer(self.data, "<u4", 1, offset)[0])

    def array(self, kind: str, place: int, count: int) -> NDArray[np.unsignedinteger]:
        """Return `count` numbers from `place` on, counted in numbers."""
        return np.frombuffer(self.data, kind, count, place * np.dtype(kind).itemsize)

    def nodes(self) -> NDArray[np.void]:
        """Return the whole table, seen as nodes."""
        return np.frombuffer(self.data, NODE, len(self.data) // NODE.itemsize)


def _confirm_scan(boxes: Boxes, lows: Columns, highs: Columns, scanned: Indices, table: Paper) -> None:
    assert table.number(SCANNED) == len(scanned), "what is in no graph is scanned"
    found = table.array("<u8", table.number(SCAN), len(scanned) * boxes.box_words)
    rows = found.reshape(len(scanned), boxes.box_words)
    assert np.array_equal(rows[:, 0], scanned), "scanned boxes are in order"
    for index, (low, high) in enumerate(zip(lows, highs)):
        assert np.array_equal(rows[:, 1 + 2 * index], low[scanned]), "the low ends of scanned boxes"
        assert np.array_equal(rows[:, 2 + 2 * index], high[scanned]), "the high ends of scanned boxes"


def _take_rows(boxes: Boxes, lows: Columns, highs: Columns, ranks: Indices) -> Rows:
    shape = (len(boxes.wide), len(ranks))
    low, high = (
        np.array([ends[index][ranks] for index in boxes.wide], np.uint64).reshape(shape)
        for ends in (lows, highs)
    )
    return Rows(np.zeros(len(ranks), np.int64), ranks, low, high)


@dataclass(frozen=True, slots=True)
class _Judge:
    """Follows one graph from its root.

    Args:
        boxes: the columns.
        table: the bytes.
        narrow: what was confirmed of the narrow columns.
        nobody: the number of boxes.
    """

    boxes: Boxes
    table: Paper
    narrow: Narrow
    nobody: int

    def confirm_graph(self, rows: Rows, root: int) -> None:
        """Assert that from `root` on every key gets to an end that is right for it."""
        tops = np.array([self.boxes.keys[index].maximum for index in self.boxes.wide], np.uint64)
        run, places = np.zeros(1, np.int64), np.full(1, root)
        for _ in range(MAX_STEPS):
            rows, done = drop_beaten(rows, find_done(rows, tops), self.narrow.demand, self.narrow.whole)
            nodes = self._read_nodes(run, places)
            lists = _Lists(rows, np.bincount(rows.node, minlength=len(nodes)))
            stops = np.flatnonzero(nodes["last"] == 0)
            assert done[lists.rows_of(stops)].all(), "at an end nothing is left to ask"
            self._confirm_ends(lists, stops, nodes["start"][stops])
            goers = np.flatnonzero(nodes["last"] > 0)
            if not len(goers):
                return
            chosen = _confirm_shared(lists, goers, nodes)
            rows, cuts = _read_cuts(lists, chosen, nodes, tops)
            dealt = deal_rows(rows, cuts, tops, _EVERYTHING)
            assert dealt is not None, "the budget is not used up"
            rows, run = dealt
            sizes = cuts.last + 1
            places = np.repeat(nodes["first"][chosen].astype(np.int64), sizes) + number_within(sizes)
        raise AssertionError("a graph is deeper than the code follows")

    def _read_nodes(self, run: Indices, places: Indices) -> NDArray[np.void]:
        """Return the node of each run, and assert that all its cells lead to the same."""
        slots = self.table.nodes()[places]
        nodes: NDArray[np.void] = slots[find_starts(run)]
        for name in ("start", "last", "shift", "column"):
            assert np.array_equal(slots[name], nodes[name][run]), "cells of a run are alike"
        itself = slots["last"] == 0
        assert np.array_equal(slots["first"][itself], places[itself]), "an end leads to itself"
        assert np.array_equal(slots["first"][~itself], nodes["first"][run][~itself]), (
            "cells of a run are alike"
        )
        return nodes

    def _confirm_ends(self, lists: _Lists, stops: Indices, starts: NDArray[np.uint64]) -> None:
        """Assert that ends hold exactly the boxes of their lists, and a pattern that is right for them."""
        _, first, kind = np.unique(starts, return_index=True, return_inverse=True)
        lists.assert_equal(stops, stops[first][kind], [lists.rows.box])
        stops, starts = stops[first], starts[first]
        counts = lists.counts[stops]
        words = self.table.array("<u4", 0, len(self.table.data) // 4)
        places = (starts >> _HALF).astype(np.int64)
        assert (words[places] == self.nobody).all(), "a list begins with nobody"
        found = words[np.repeat(places, counts) + 1 + number_within(counts)]
        assert np.array_equal(found, lists.rows.box[lists.rows_of(stops)]), "a list has the boxes of its end"
        patterns = (starts & _LOW_HALF).astype(np.int64)
        _, first, kind = np.unique(patterns, return_index=True, return_inverse=True)
        demands = self.narrow.demand[lists.rows.box]
        lists.assert_equal(stops, stops[first][kind], [demands])
        for pattern, stop in zip(patterns[first], stops[first]):
            self._confirm_pattern(int(pattern), demands[lists.rows_of(np.array([stop]))])

    def _confirm_pattern(self, pattern: int, demands: Indices) -> None:
        """Assert that a pattern names, for each service, the first of `demands` that holds."""
        wide = self.table.number(PATTERN_SHIFT) == 1
        assert self.table.number(PATTERN_MASK) == (0xFFFF if wide else 0xFF), "positions are not cut"
        services = len(self.narrow.holds)
        found = np.frombuffer(self.table.data, "<u2" if wide else "u1", services, pattern)
        holds = self.narrow.holds[:, demands]
        first = holds.argmax(axis=1) + 1 if len(demands) else np.zeros(services, np.int64)
        assert np.array_equal(found, np.where(holds.any(axis=1), first, 0)), "a pattern is right"


@dataclass(frozen=True, slots=True)
class _Lists:
    """Rows owned by runs.

    Args:
        rows: a bundle.
        counts: for every run how many rows it has, maybe none.
    """

    rows: Rows
    counts: Indices

    def rows_of(self, runs: Indices) -> Indices:
        """Return the rows of some runs, in the order of `runs`."""
        counts = self.counts[runs]
        return np.repeat(sum_before(self.counts)[runs], counts) + number_within(counts)

    def assert_equal(self, runs: Indices, others: Indices, columns: Sequence[NDArray[np.generic]]) -> None:
        """Assert that each run has as many rows as its other, and equal numbers in `columns`."""
        assert np.array_equal(self.counts[runs], self.counts[others]), "shared lists are equally long"
        left, right = self.rows_of(runs), self.rows_of(others)
        assert all(np.array_equal(column[left], column[right]) for column in columns), (
            "shared lists are equal"
        )


def _confirm_shared(lists: _Lists, goers: Indices, nodes: NDArray[np.void]) -> Indices:
    """Assert that runs with the same children are the same node; return one run for each."""
    _, first, kind = np.unique(nodes["first"][goers], return_index=True, return_inverse=True)
    chosen: Indices = goers[first]
    others = chosen[kind]
    for name in ("start", "last", "shift", "column"):
        assert np.array_equal(nodes[name][goers], nodes[name][others]), "nodes with the same cells are alike"
    lists.assert_equal(goers, others, [lists.rows.box, *lists.rows.low, *lists.rows.high])
    return chosen


def _read_cuts(lists: _Lists, chosen: Indices, nodes: NDArray[np.void], tops: Numbers) -> tuple[Rows, Cuts]:
    """Return the rows of the runs `chosen`, owned by their positions, and their cuts.

    `deal_rows` wants every end of a range inside the cells, so that neighbours are alike where no end is.
    """
    rows = lists.rows.take(lists.rows_of(chosen), np.repeat(np.arange(len(chosen)), lists.counts[chosen]))
    some = nodes[chosen]
    column, last = some["column"].astype(np.int64), some["last"].astype(np.int64)
    assert (column < len(tops)).all(), "a node cuts a column"
    shift = some["shift"].astype(np.uint64)
    assert (shift < 64).all(), "a shift is not cut"
    cuts = Cuts(column, some["start"].astype(np.uint64), shift, last, sum_before(last + 1)[:-1])
    line, at = np.arange(len(rows.node)), column[rows.node]
    low, high = rows.low[at, line], rows.high[at, line]
    for end, inner in ((low, low > 0), (high + ONE, high < tops[at])):
        node = rows.node[inner]
        assert (end[inner] >= cuts.start[node]).all(), "no end is below the cells"
        cell = (end[inner] - cuts.start[node]) >> shift[node]
        assert (cell <= last[node].astype(np.uint64)).all(), "no end is above the cells"
    return rows, cuts
