"""In which order tables are asked, so that whoever beats another is asked before it.

In: units (a row, or a filter that is no row) and which of them beats which. Out: tables in order, and the
order of rows in each. Tables stay whole where they can; otherwise their rows are parted by priority, and
where that does not help, by how long a chain of others beats them.

    {src, dport} beats {src}      {src} priority 1 beats {dport} priority 0, and {dport} priority 2 beats it
    tables: {src, dport}, {src}   tables: {dport} priority 2, {src}, {dport} priority 0
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from dpfc.shapes.distinct import list_distinct

if TYPE_CHECKING:
    from dpfc.shapes.contain import Numbers

    Edges: TypeAlias = tuple[Numbers, Numbers]


@dataclass(frozen=True, slots=True, eq=False)
class Units:
    """What is put in order.

    Args:
        tables: for each unit, the number of its table; a filter that is no row has a number of its own.
        groups: for each unit, the number of its table and priority together.
    """

    tables: Numbers
    groups: Numbers


@dataclass(frozen=True, slots=True, eq=False)
class Layer:
    """Units of one table that are asked together.

    Args:
        table: its number.
        units: in order: the first that accepts wins.
    """

    table: int
    units: Numbers


@dataclass(frozen=True, slots=True, eq=False)
class Circle:
    """There is no order: each of these units beats another of them, and is beaten by another."""

    units: Numbers


@dataclass(frozen=True, slots=True)
class TooMany:
    """No order was found: many rows beat many, and parting them needs each pair."""


def order_units(units: Units, edges: Edges, wide: Edges) -> tuple[Layer, ...] | Circle | TooMany:
    """Return tables in order.

    Args:
        units: what is to be ordered.
        edges: units that win, and beside each a unit that it beats.
        wide: groups that win, and beside each a group all of whose units it may beat.
    """
    import numpy as np

    table_of = np.zeros(int(units.groups.max(initial=-1)) + 1, dtype=np.int64)
    table_of[units.groups] = units.tables
    for nodes, wide_nodes in (
        (units.tables, (table_of[wide[0]], table_of[wide[1]])),
        (units.groups, wide),
    ):
        layers = _try_order(units, nodes, edges, wide_nodes)
        if layers is not None:
            return layers
    alone = np.arange(len(units.tables))
    circle = _find_circle(edges)
    if len(circle):
        return Circle(circle)
    if len(wide[0]):
        return TooMany()
    layers = _try_order(units, alone, edges, wide)
    assert layers is not None, "units without a circle have an order"
    return layers


def _try_order(units: Units, nodes: Numbers, edges: Edges, wide: Edges) -> tuple[Layer, ...] | None:
    """Return an order in which the units of each node are asked together, None where there is none."""
    import numpy as np

    if (wide[0] == wide[1]).any():
        return None
    winners, losers = nodes[edges[0]], nodes[edges[1]]
    inner = winners == losers
    across = np.concatenate((winners[~inner], wide[0])), np.concatenate((losers[~inner], wide[1]))
    levels = find_levels(int(nodes.max(initial=-1)) + 1, across)
    rows = find_levels(len(nodes), (edges[0][inner], edges[1][inner]))
    if levels is None or rows is None:
        return None
    level = levels[nodes]
    order = np.lexsort((rows, units.tables, level))
    changes = (np.diff(level[order]) != 0) | (np.diff(units.tables[order]) != 0)
    parts = np.split(order, np.flatnonzero(changes) + 1)
    return tuple(Layer(int(units.tables[part[0]]), part) for part in parts if len(part))


def find_levels(count: int, edges: Edges) -> Numbers | None:
    """Return for each of `count` nodes how long a chain of others beats it; None where one is a circle."""
    import numpy as np

    winners, losers = _unique(count, edges)
    starts = np.searchsorted(winners, np.arange(count + 1))
    waiting = np.bincount(losers, minlength=count)
    levels = np.zeros(count, dtype=np.int64)
    ready = np.flatnonzero(waiting == 0)
    done, level = 0, 0
    while len(ready):
        levels[ready] = level
        done += len(ready)
        level += 1
        beaten, times = np.unique(losers[_gather(starts, ready)], return_counts=True)
        waiting[beaten] -= times
        ready = beaten[waiting[beaten] == 0]
    return levels if done == count else None


def _gather(starts: Numbers, nodes: Numbers) -> Numbers:
    """Return the places of all edges of `nodes`; those of node n are from `starts[n]` to `starts[n + 1]`."""
    import numpy as np

    sizes = starts[nodes + 1] - starts[nodes]
    before = np.cumsum(sizes) - sizes
    places: Numbers = np.arange(int(sizes.sum())) + np.repeat(starts[nodes] - before, sizes)
    return places


def _unique(count: int, edges: Edges) -> Edges:
    """Return the edges sorted by winner, each once."""
    keys = list_distinct(edges[0] * count + edges[1])
    return keys // max(1, count), keys % max(1, count)


def _find_circle(edges: Edges) -> Numbers:
    """Return the nodes from which one gets around in circles, none where there is no circle."""
    import numpy as np

    left, size = edges, -1
    while len(left[0]) != size:
        size = len(left[0])
        kept = np.isin(left[0], left[1]) & np.isin(left[1], left[0])
        left = left[0][kept], left[1][kept]
    return np.unique(left[0])
