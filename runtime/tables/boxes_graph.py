"""Wide columns as a graph of cuts, grown level by level for all nodes at once. Loads numpy.

A node is a list of boxes, each with what is left to ask of it: a range per column, which is the whole column
once every key that gets here is inside. So a list says all about its node, and equal lists share one node,
wherever they are. A box that follows one with nothing left to ask and the same demand on the narrow columns
can never win and is dropped. Where nothing is left to ask of any box, the node is an end.

    10.0.0.0/8: A    10.1.0.0/16: B    any: C             cut at 10.0/16 and 10.1/16 ...
    cell 10.0/16: A, C      cell 10.1/16: A, B, C      cells 10.2/16 ...: A, C, the same node      else: C

A cut divides one column into `last` + 1 cells of 2**shift numbers from `start` on; what is below belongs to
the first cell, what is above to the last. Neighbouring cells with no end of a range between them form a
*run*: boxes are dealt out to runs, so fine cuts cost memory but no time.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from runtime.tables.boxes_arrays import (
    ONE,
    Flags,
    Indices,
    Numbers,
    bit_lengths,
    count_rows,
    find_starts,
    mix,
    number_within,
    sum_before,
)

CELLS_PER_END = 8  # a cut has about this many cells per end of a range in its column
MAX_CELLS = 1024
MAX_ROOT_CELLS = 16384
MAX_LEVELS = 60
PRICE_OF_COPIES = 0.6


@dataclass(frozen=True, slots=True)
class Rows:
    """Boxes in nodes: a bundle owned by nodes, ranks ascending in each.

    Args:
        node: the owners.
        box: rank of the box.
        low: by column: what is left to ask, inclusive.
        high: like `low`.
    """

    node: Indices
    box: Indices
    low: Numbers
    high: Numbers

    def take(self, rows: Indices | Flags, node: Indices | None = None) -> Rows:
        """Return some rows, with other owners if given."""
        owners = self.node[rows] if node is None else node
        return Rows(owners, self.box[rows], self.low[:, rows], self.high[:, rows])


@dataclass(frozen=True, slots=True)
class Cuts:
    """One cut per node that is not an end; `first` is the slot of its first cell in the next level."""

    column: Indices
    start: Numbers
    shift: Numbers
    last: Indices
    first: Indices


@dataclass(frozen=True, slots=True)
class Level:
    """All nodes equally far from the root.

    Args:
        node: for each slot its node, -1 where no box is left.
        end: for each node whether it is an end.
        ends: the boxes of the ends.
        cuts: of the other nodes, in order.
    """

    node: Indices
    end: Flags
    ends: Rows
    cuts: Cuts | None


def grow_graph(
    rows: Rows, tops: Numbers, demand: Indices, whole: int, budget: int
) -> tuple[Level, ...] | None:
    """Return the levels of the graph, or None when a level would take more than `budget` rows.

    Args:
        rows: every box of the group, all in node 0.
        tops: the largest number of each column.
        demand: by rank: the demand on the narrow columns.
        whole: the demand that is always met, or -1.
        budget: rows in one level.
    """
    levels: list[Level] = []
    run: Indices = np.zeros(1, np.int64)
    while len(levels) < MAX_LEVELS:
        done = find_done(rows, tops)
        rows, done = drop_beaten(rows, done, demand, whole)
        rows, done, node = _share_lists(rows, done, run)
        starts = find_starts(rows.node)
        end = np.logical_and.reduceat(done, starts) if len(starts) else np.zeros(0, np.bool_)
        at_end = end[rows.node]
        ends, rows = rows.take(at_end), rows.take(~at_end)
        if end.all():
            levels.append(Level(node, end, ends, None))
            return tuple(levels)
        rows = Rows((np.cumsum(~end) - 1)[rows.node], rows.box, rows.low, rows.high)
        cuts = _choose_cuts(rows, tops, root=not levels)
        levels.append(Level(node, end, ends, cuts))
        dealt = deal_rows(rows, cuts, tops, budget)
        if dealt is None:
            return None
        rows, run = dealt
    return None


def find_done(rows: Rows, tops: Numbers) -> Flags:
    """Return the rows with nothing left to ask."""
    done = np.ones(len(rows.node), np.bool_)
    for column, top in enumerate(tops):
        done &= (rows.low[column] == 0) & (rows.high[column] == top)
    return done


def drop_beaten(rows: Rows, done: Flags, demand: Indices, whole: int) -> tuple[Rows, Flags]:
    """Drop rows that follow, in their node, a done row with the same demand or with the whole demand."""
    winners = np.flatnonzero(done)
    if not len(winners):
        return rows, done
    wanted = demand[rows.box]
    key = rows.node * (int(demand.max()) + 2) + wanted
    keys, first = np.unique(key[winners], return_index=True)
    at = np.minimum(np.searchsorted(keys, key), len(keys) - 1)
    beaten = (keys[at] == key) & (winners[first[at]] < np.arange(len(key)))
    everything = np.flatnonzero(done & (wanted == whole))
    if len(everything):
        nodes, first = np.unique(rows.node[everything], return_index=True)
        at = np.minimum(np.searchsorted(nodes, rows.node), len(nodes) - 1)
        beaten |= (nodes[at] == rows.node) & (everything[first[at]] < np.arange(len(key)))
    if not beaten.any():
        return rows, done
    return rows.take(~beaten), done[~beaten]


def _share_lists(rows: Rows, done: Flags, run: Indices) -> tuple[Rows, Flags, Indices]:
    """Give runs with equal lists one node; also return the node of each slot.

    A sum of mixed rows stands for a list; the judge compares lists themselves.
    """
    starts = find_starts(rows.node)
    node = np.full(int(run[-1]) + 1, -1, np.int64)
    if not len(starts):
        return rows, done, node[run]
    mixed = mix(rows.box.astype(np.uint64) + ONE)
    for low, high in zip(rows.low, rows.high):
        mixed = mix(mix(mixed + low) ^ high)
    _, first, kind = np.unique(np.add.reduceat(mixed, starts), return_index=True, return_inverse=True)
    node[rows.node[starts]] = kind
    counts = np.diff(starts, append=len(rows.node))[first]
    kept = np.repeat(starts[first], counts) + number_within(counts)
    return rows.take(kept, np.repeat(np.arange(len(first)), counts)), done[kept], node[run]


def _choose_cuts(rows: Rows, tops: Numbers, root: bool) -> Cuts:
    """Choose for each node the column whose cut leaves the shortest lists, and the cells."""
    starts = find_starts(rows.node)
    best = np.full(len(starts), np.inf)
    column = np.zeros(len(starts), np.int64)
    start = np.zeros(len(starts), np.uint64)
    shift, last = start.copy(), column.copy()
    for index, top in enumerate(tops):
        ends = np.add.reduceat((rows.low[index] > 0).astype(np.int64) + (rows.high[index] < top), starts)
        if not ends.any():
            continue
        new = _place_cells(rows, index, top, starts, ends, root)
        cost = np.where(ends > 0, _estimate_cost(rows, new, tops, starts), np.inf)
        better = cost < best
        best = np.where(better, cost, best)
        column, start = np.where(better, index, column), np.where(better, new.start, start)
        shift, last = np.where(better, new.shift, shift), np.where(better, new.last, last)
    return Cuts(column, start, shift, last, sum_before(last + 1)[:-1])


def _place_cells(rows: Rows, index: int, top: np.uint64, starts: Indices, ends: Indices, root: bool) -> Cuts:
    """Return a cut of column `index` for each node, as fine as its `ends` of ranges are worth."""
    inner_low, inner_high = rows.low[index] > 0, rows.high[index] < top
    low, after = rows.low[index], rows.high[index] + ONE
    huge = np.uint64((1 << 64) - 1)
    below = np.minimum(np.where(inner_low, low, huge), np.where(inner_high, after, huge))
    low, after = np.where(inner_low, low, 0), np.where(inner_high, after, 0)
    least = np.where(ends > 0, np.minimum.reduceat(below, starts), 0).astype(np.uint64)
    most = np.maximum.reduceat(np.maximum(low, after), starts)
    bits = np.bitwise_or.reduceat(low | after, starts)
    cells = np.clip(ends * CELLS_PER_END, 4, MAX_ROOT_CELLS if root else MAX_CELLS).astype(np.uint64)
    even = bit_lengths((bits & (~bits + ONE)) >> ONE)  # all ends are multiples of 2**even
    shift = np.maximum(bit_lengths((most - least) // cells), even)
    cell = least >> shift
    start = (cell - (cell > 0)) << shift
    last = ((most - start) >> shift).astype(np.int64)
    return Cuts(np.full(len(starts), index), start, shift, last, sum_before(last + 1)[:-1])


def _estimate_cost(rows: Rows, cuts: Cuts, tops: Numbers, starts: Indices) -> NDArray[np.float64]:
    """Return for each node the mean length of the lists that its boxes get into, times a price of copies."""
    run = find_runs(rows, cuts, tops)
    first, last = find_cells(rows, cuts)
    first, last = run[first], run[last]
    total = int(run[-1]) + 1
    change = np.bincount(first, minlength=total + 1) - np.bincount(last + 1, minlength=total + 1)
    before = sum_before(np.cumsum(change))
    copies = last + 1 - first
    count = count_rows(starts, len(first))
    length = np.add.reduceat((before[last + 1] - before[first]) / copies, starts) / count
    price: NDArray[np.float64] = (np.add.reduceat(copies, starts) / count) ** PRICE_OF_COPIES
    return length * price


def find_cells(rows: Rows, cuts: Cuts) -> tuple[Indices, Indices]:
    """Return the slots of the first and the last cell that each row reaches in its node's cut."""
    line = np.arange(len(rows.node))
    column = cuts.column[rows.node]
    low, high = rows.low[column, line], rows.high[column, line]
    start, shift, last = (part[rows.node] for part in (cuts.start, cuts.shift, cuts.last))
    first = cuts.first[rows.node]
    from_cell, to_cell = (np.where(end < start, 0, (end - start) >> shift) for end in (low, high))
    limit = last.astype(np.uint64)
    return (
        first + np.minimum(from_cell, limit).astype(np.int64),
        first + np.minimum(to_cell, limit).astype(np.int64),
    )


def find_runs(rows: Rows, cuts: Cuts, tops: Numbers) -> Indices:
    """Return for each slot its run: one starts with each cell that has an end in it, and one behind that."""
    starts = np.zeros(int(cuts.first[-1] + cuts.last[-1] + 1), np.bool_)
    starts[cuts.first] = True
    line = np.arange(len(rows.node))
    column = cuts.column[rows.node]
    low, high = rows.low[column, line], rows.high[column, line]
    for end, inner in ((low, low > 0), (high + ONE, high < tops[column])):
        node = rows.node[inner]
        distance = end[inner] - cuts.start[node]
        cell = (distance >> cuts.shift[node]).astype(np.int64)
        starts[cuts.first[node] + cell] = True
        inside = (distance & ((ONE << cuts.shift[node]) - ONE) > 0) & (cell < cuts.last[node])
        starts[(cuts.first[node] + cell + 1)[inside]] = True
    return np.cumsum(starts) - 1


def deal_rows(rows: Rows, cuts: Cuts, tops: Numbers, budget: int) -> tuple[Rows, Indices] | None:
    """Deal the rows of each node out to the runs of its cut.

    Returns:
        The rows, owned by runs, each with what is left to ask inside; and for each slot its run. None when
        that would be more than `budget` rows.
    """
    run = find_runs(rows, cuts, tops)
    first, last = find_cells(rows, cuts)
    first, last = run[first], run[last]
    copies = last + 1 - first
    total = int(copies.sum())
    if total > budget:
        return None
    parent = np.repeat(np.arange(len(copies)), copies)
    owner = number_within(copies) + first[parent]
    order = np.sort((owner.astype(np.uint64) << np.uint64(32)) | np.arange(total, dtype=np.uint64))
    owner = (order >> np.uint64(32)).astype(np.int64)
    parent = parent[(order & np.uint64((1 << 32) - 1)).astype(np.int64)]
    return _narrow_rows(rows.take(parent, owner), cuts, tops, rows.node[parent], run), run


def _narrow_rows(rows: Rows, cuts: Cuts, tops: Numbers, node: Indices, run: Indices) -> Rows:
    """Forget ends of ranges outside the run that each row is in."""
    begins = find_starts(run)
    first_cell = (begins[rows.node] - cuts.first[node]).astype(np.uint64)
    after_cell = (np.append(begins[1:], len(run))[rows.node] - cuts.first[node]).astype(np.uint64)
    start, shift, column = cuts.start[node], cuts.shift[node], cuts.column[node]
    lowest = np.where(first_cell == 0, 0, start + (first_cell << shift))
    at_top = after_cell > cuts.last[node].astype(np.uint64)
    highest = np.where(at_top, tops[column], start + (after_cell << shift) - ONE)
    low, high = rows.low, rows.high
    for index, top in enumerate(tops):
        here = column == index
        low[index] = np.where(here & (low[index] <= lowest), 0, low[index])
        high[index] = np.where(here & (high[index] >= highest), top, high[index])
    return Rows(rows.node, rows.box, low, high)
