"""Judge the narrow columns of `runtime.tables.boxes`: all numbers lead to the right service. Loads numpy.

A column is cut where its class changes and at all ends of ranges; so it is enough to look at one number of
each piece. Each class, and then each cell of each product, stands for the set of demands that
hold in it; all that lead to one class or service must stand for one set.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from runtime.tables.boxes import PRODUCTS, Boxes
from runtime.tables.boxes_arrays import Columns, Flags, Indices


@dataclass(frozen=True, slots=True)
class Narrow:
    """What the narrow columns were found to say.

    Args:
        demand: of each box in a graph; boxes with equal numbers in all narrow columns have equal demands.
        holds: row by service, column by demand.
        whole: the demand that every service meets, or -1.
    """

    demand: Indices
    holds: Flags
    whole: int


def read_narrow(boxes: Boxes, lows: Columns, highs: Columns, ranks: Indices, data: bytes) -> Narrow:
    """Follow classes and products, and assert that they tell apart what the boxes `ranks` do."""
    ends = [numbers[index][ranks].astype(np.int64) for index in boxes.narrow for numbers in (lows, highs)]
    table = np.array(ends, np.int64).reshape(len(ends), len(ranks)).T
    kinds, kind = np.unique(table, axis=0, return_inverse=True) if ends else (table[:1], np.zeros(len(ranks)))
    demand = np.full(len(lows[0]), -1, np.int64)
    demand[ranks] = kind.reshape(-1)
    holds: Flags = np.ones((1, len(kinds)), np.bool_)
    for number, (index, offset) in enumerate(zip(boxes.narrow, boxes.classes)):
        low, high = kinds[:, 2 * number], kinds[:, 2 * number + 1]
        members = _read_column(data, offset, boxes.keys[index].bits, low, high)
        holds = members if number == 0 else _read_product(data, PRODUCTS + 8 * (number - 1), holds, members)
    whole = np.flatnonzero(holds.all(axis=0))
    return Narrow(demand, holds, int(whole[0]) if len(whole) else -1)


def _read_column(
    data: bytes, offset: int, bits: int, low: NDArray[np.int64], high: NDArray[np.int64]
) -> Flags:
    """Return for each class of a column which demands hold."""
    classes = np.frombuffer(data, "<u2", 1 << bits, offset).astype(np.int64)
    changes = np.flatnonzero(np.diff(classes)) + 1
    starts = np.unique(np.concatenate((np.zeros(1, np.int64), changes, low, high + 1)))
    starts = starts[starts < 1 << bits]
    holds = (low[None, :] <= starts[:, None]) & (starts[:, None] <= high[None, :])
    return _collect(classes[starts], holds)


def _read_product(data: bytes, header: int, before: Flags, members: Flags) -> Flags:
    """Return for each class of all columns so far which demands hold."""
    place, factor = (int(number) for number in np.frombuffer(data, "<u4", 2, header))
    assert factor == len(members), "cells do not overlap"
    cells = np.frombuffer(data, "<u2", len(before) * factor, 2 * place).astype(np.int64)
    both = before[:, None, :] & members[None, :, :]
    return _collect(cells, both.reshape(len(cells), members.shape[1]))


def _collect(classes: Indices, holds: Flags) -> Flags:
    """Return the row of each class 0, 1, 2 ..., and assert that all its rows are alike."""
    names, first, kind = np.unique(classes, return_index=True, return_inverse=True)
    assert np.array_equal(names, np.arange(len(names))), "classes have no gaps"
    rows: Flags = holds[first]
    assert np.array_equal(rows[kind], holds), "what is in one class is alike"
    return rows
