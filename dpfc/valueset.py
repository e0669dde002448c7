"""Sets of unsigned numbers as ascending disjoint intervals: union, intersection, complement.

In and out: `dpfc.formula.ValueSet` in normal form (ascending, disjoint, not abutting), so `==`
means equal sets.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from operator import itemgetter

from dpfc.formula import Interval, ValueSet

TOP = (1 << 64) - 1
"""The largest number that any subject can have."""

EVERYTHING: ValueSet = ((0, TOP),)
NOTHING: ValueSet = ()

_LOW, _HIGH = itemgetter(0), itemgetter(1)


def normalize(intervals: Iterable[Interval]) -> ValueSet:
    """Return the union of `intervals` in normal form; intervals whose low exceeds their high are empty."""
    result: list[Interval] = []
    for low, high in sorted(interval for interval in intervals if interval[0] <= interval[1]):
        if result and low <= result[-1][1] + 1:
            result[-1] = (result[-1][0], max(result[-1][1], high))
        else:
            result.append((low, high))
    return tuple(result)


def union(left: ValueSet, right: ValueSet) -> ValueSet:
    """Return the numbers in either set."""
    return normalize((*left, *right))


def intersection(left: ValueSet, right: ValueSet) -> ValueSet:
    """Return the numbers in both sets; where one is an interval, most of the other is not looked at."""
    if len(right) == 1:
        left = _near(left, *right[0])
    elif len(left) == 1:
        right = _near(right, *left[0])
    result: list[Interval] = []
    i = j = 0
    while i < len(left) and j < len(right):
        low, high = max(left[i][0], right[j][0]), min(left[i][1], right[j][1])
        if low <= high:
            result.append((low, high))
        if left[i][1] < right[j][1]:
            i += 1
        else:
            j += 1
    return tuple(result)


def complement(values: ValueSet) -> ValueSet:
    """Return the unsigned 64-bit numbers that are not in `values`."""
    result: list[Interval] = []
    start = 0
    for low, high in values:
        if start < low:
            result.append((start, low - 1))
        start = high + 1
    if start <= TOP:
        result.append((start, TOP))
    return tuple(result)


def at_least(number: int) -> ValueSet:
    """Return the numbers from `number` on."""
    return ((number, TOP),)


def _near(values: ValueSet, low: int, high: int) -> ValueSet:
    """Return the intervals of `values` that have numbers from `low` to `high`, by binary search."""
    return values[bisect_left(values, low, key=_HIGH) : bisect_right(values, high, key=_LOW)]
