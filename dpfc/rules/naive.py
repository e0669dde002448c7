"""What a rule set answers: the truth that everything faster is tested against.

In: rules and headers. Out: for each header the first rule that matches. Every row is tried on every header
that can still be in it: the headers are sorted by each column once, a row takes the shortest of its slices
and compares the other columns there. Memory grows with rules plus headers, never with their product.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dpfc.rules.ruleset import PORTS, Column, Headers, RuleSet

_NO_PORT = 1 << 16


def first_match(rules: RuleSet, headers: Headers) -> NDArray[np.int64]:
    """Return for each header the index of the first rule that matches it, -1 where none does."""
    answers = np.full(len(headers), -1, dtype=np.int64)
    if rules.family != headers.family or not len(headers):
        return answers
    axes = [
        _make_axis(column, values, headers.has_ports)
        for column, values in zip(rules.columns, headers.columns, strict=True)
    ]
    sizes = np.array([axis.ends - axis.starts for axis in axes])
    shortest = sizes.argmin(axis=0)
    reachable = np.flatnonzero(sizes.min(axis=0) > 0)
    for row in reachable[::-1].tolist():  # backwards, so that the first row has the last word
        chosen = axes[shortest[row]]
        found = chosen.order[chosen.starts[row] : chosen.ends[row]]
        for axis in axes:
            if axis is not chosen and not axis.full[row]:
                values = axis.values[found]
                found = found[(values >= axis.lows[row]) & (values <= axis.highs[row])]
        answers[found] = rules.owners[row]
    return answers


@dataclass(frozen=True, slots=True, eq=False)
class _Axis:
    """One column of rules and headers.

    Args:
        values: of the headers, in their order.
        order: the headers, ascending by value.
        lows, highs: the range of each row.
        starts, ends: for each row, which part of `order` is in its range.
        full: for each row, whether all headers are in its range.
    """

    values: NDArray[np.unsignedinteger]
    order: NDArray[np.intp]
    lows: NDArray[np.unsignedinteger]
    highs: NDArray[np.unsignedinteger]
    starts: NDArray[np.intp]
    ends: NDArray[np.intp]
    full: NDArray[np.bool_]


def _make_axis(column: Column, values: NDArray[np.unsignedinteger], has_ports: NDArray[np.bool_]) -> _Axis:
    lows, highs = column.lows, column.highs
    if column.name in PORTS:  # a header without ports gets a number that only the full range is widened to
        values = np.where(has_ports, values.astype(np.uint32), np.uint32(_NO_PORT))
        highs = np.where((lows == 0) & (highs == _NO_PORT - 1), np.uint32(_NO_PORT), highs.astype(np.uint32))
        lows = lows.astype(np.uint32)
    order = np.argsort(values, kind="stable")
    ascending = values[order]
    starts = np.searchsorted(ascending, lows, side="left")
    ends = np.searchsorted(ascending, highs, side="right")
    return _Axis(values, order, lows, highs, starts, ends, ends - starts == len(values))
