"""A table with one key column as intervals: the one form in which all kinds of tables are equal.

    8..15 -> 1, 12..12 -> 2, default 0      becomes      0:0  8:1  12:2  13:1  16:0

Each pair is the first key of an interval and the answer up to the next pair. Neighbours have different
answers, so equal maps have equal intervals.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from heapq import heappop, heappush
from itertools import pairwise
from typing import TypeAlias

from runtime.ir.nodes import Entry, Table

Pairs: TypeAlias = tuple[tuple[int, int], ...]
"""First keys and answers, ascending, from key 0 on."""

Interval: TypeAlias = tuple[int, int, int]
"""The first key, the last key, the answer."""


def flatten_entries(table: Table) -> Pairs:
    """Return the one-column `table` as ascending (start, answer) pairs that cover the key space from 0 on."""
    maximum = table.keys[0].maximum
    pairs: list[tuple[int, int]] = []
    for start, value in _sweep(table):
        if start > maximum:
            break
        if pairs and pairs[-1][0] == start:
            pairs.pop()
        if not pairs or pairs[-1][1] != value:
            pairs.append((start, value))
    return tuple(pairs)


def list_intervals(table: Table, pairs: Pairs) -> tuple[Interval, ...]:
    """Return those of the `pairs` of `table` that answer something else than its default, as intervals."""
    closed = (*pairs, (table.keys[0].maximum + 1, table.default))
    return tuple(
        (start, after - 1, value) for (start, value), (after, _) in pairwise(closed) if value != table.default
    )


def _sweep(table: Table) -> Iterator[tuple[int, int]]:
    """Yield what holds from which key on, at every place where it may change, in order.

    The entries that hold the current key are in a heap, the one that wins first; those that have ended are
    taken out when they come up.
    """
    yield 0, table.default
    held: list[tuple[int, int, int]] = []  # rank, last key, answer
    for rank, entry in sorted(enumerate(rank_entries(table)), key=lambda ranked: ranked[1].low):
        start = entry.low[0]
        yield from _leave(held, start, table.default)
        heappush(held, (rank, entry.high[0], entry.value))
        yield start, held[0][2]
    yield from _leave(held, table.keys[0].maximum + 1, table.default)


def _leave(held: list[tuple[int, int, int]], until: int, default: int) -> Iterator[tuple[int, int]]:
    """Yield what comes after each entry that ends before `until`."""
    while held and held[0][1] < until:
        end = heappop(held)[1]
        while held and held[0][1] <= end:
            heappop(held)
        yield end + 1, held[0][2] if held else default


def rank_entries(table: Table) -> Iterable[Entry]:
    """Return the entries of `table`, of two that hold one key the one that wins first."""
    return sorted(table.entries, key=_count_keys) if table.kind == "prefix" else table.entries


def _count_keys(entry: Entry) -> int:
    """Return how many keys the entry holds: of two nested entries, the smaller wins."""
    count = 1
    for low, high in zip(entry.low, entry.high, strict=True):
        count *= high - low + 1
    return count
