"""Narrow columns as classes: combinations of ports and protocols that no box can tell apart. Loads numpy.

In: the narrow columns of all boxes. Out: for each column a class per number, for each further column a
product table that combines the classes so far with its own, and for each service (class of all columns
together) the set of *demands* that hold in it. A demand is what one or more boxes ask of the narrow columns.

    dport 80 | dport 0..65535 | dport 80..90     demands 0, 1, 2
    dport 80 -> class 1: {0, 1, 2}    81..90 -> class 2: {1, 2}    all others -> class 0: {1}
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from runtime.tables.boxes_arrays import Columns, Flags, Indices, Numbers, mix

_KNOWN = (4096, 1024, 256, 64, 16, 1)  # how many demands are tried
_MAX_CELLS = 1 << 26  # of any table of classes by demands
_MAX_CLASSES = 1 << 16


@dataclass(frozen=True, slots=True)
class Product:
    """Class so far * `factor` + class of the next column is the number of a cell."""

    cells: NDArray[np.uint16]
    factor: int


@dataclass(frozen=True, slots=True)
class Classes:
    """What the narrow columns say.

    Args:
        demand: the demand of each box; those from `known` on are not in the classes.
        known: how many demands the classes tell apart; the most frequent come first.
        direct: for each column, the class of every number.
        products: one per column but the first.
        holds: row by service, column by demand.
        whole: the demand that every service meets, or -1.
    """

    demand: Indices
    known: int
    direct: tuple[NDArray[np.uint16], ...]
    products: tuple[Product, ...]
    holds: Flags
    whole: int


def classify_columns(lows: Columns, highs: Columns, bits: tuple[int, ...], count: int) -> Classes:
    """Return the classes for as many demands as there is room for.

    Args:
        lows: one array per narrow column, one number per box.
        highs: like `lows`.
        bits: the width of each column, at most 16.
        count: how many boxes there are.
    """
    demand, first = _number_demands(lows, highs, count)
    for known in _KNOWN:
        some = first[:known]
        found = _combine_columns([low[some] for low in lows], [high[some] for high in highs], bits, len(some))
        if found is not None:
            direct, products, holds = found
            whole = np.flatnonzero(holds.all(axis=0))
            return Classes(demand, len(some), direct, products, holds, int(whole[0]) if len(whole) else -1)
    raise AssertionError("one demand always fits")


def _number_demands(lows: Columns, highs: Columns, count: int) -> tuple[Indices, Indices]:
    """Return the demand of each box, and for each demand a box that has it; frequent demands come first."""
    key: Numbers = np.zeros(count, np.uint64)
    for low, high in zip(lows, highs):
        key = mix(mix(key + low + np.uint64(1)) ^ high)
    _, first, demand, uses = np.unique(key, return_index=True, return_inverse=True, return_counts=True)
    order = np.argsort(-uses, kind="stable")
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order))
    return rank[demand], first[order]


def _combine_columns(
    lows: Columns, highs: Columns, bits: tuple[int, ...], known: int
) -> tuple[tuple[NDArray[np.uint16], ...], tuple[Product, ...], Flags] | None:
    """Return classes, products and what holds in each service, or None when there are too many."""
    # A sum of random numbers stands for a set of demands; the judge would find two sets with one sum.
    weights = np.random.default_rng(1).integers(0, 1 << 63, known, np.int64)
    direct: list[NDArray[np.uint16]] = []
    products: list[Product] = []
    holds: Flags = np.ones((1, known), np.bool_)
    for column, (low, high) in enumerate(zip(lows, highs)):
        if 2 * known * known > _MAX_CELLS:
            return None
        classes, members = _divide_column(low, high, bits[column], weights)
        direct.append(classes)
        if column == 0:
            holds = members
            continue
        if len(holds) * len(members) * known > _MAX_CELLS:
            return None
        both = (holds[:, None, :] & members[None, :, :]).reshape(len(holds) * len(members), known)
        cells, holds = _merge_rows(both, weights)
        if len(holds) > _MAX_CLASSES:
            return None
        products.append(Product(cells, len(members)))
    return tuple(direct), tuple(products), holds


def _divide_column(
    low: NDArray[np.unsignedinteger], high: NDArray[np.unsignedinteger], bits: int, weights: Indices
) -> tuple[NDArray[np.uint16], Flags]:
    """Return the class of every number of a column, and by class which demands hold."""
    low, high = low.astype(np.int64), high.astype(np.int64)
    starts = np.unique(np.concatenate((np.zeros(1, np.int64), low, high + 1)))
    starts = starts[starts < 1 << bits]
    holds = (low[None, :] <= starts[:, None]) & (starts[:, None] <= high[None, :])
    classes, members = _merge_rows(holds, weights)
    return np.repeat(classes, np.diff(starts, append=1 << bits)), members


def _merge_rows(rows: Flags, weights: Indices) -> tuple[NDArray[np.uint16], Flags]:
    """Return for each row the number of its kind, and the kinds."""
    _, first, kind = np.unique(rows @ weights, return_index=True, return_inverse=True)
    return kind.astype(np.uint16), rows[first]
