"""Small array idioms that the builder of boxes and their judge share. Loads numpy.

A *bundle* is an ascending array of owners, one per row: rows of one owner are neighbours.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Numbers: TypeAlias = NDArray[np.uint64]
Indices: TypeAlias = NDArray[np.int64]
Flags: TypeAlias = NDArray[np.bool_]
Columns: TypeAlias = Sequence[NDArray[np.unsignedinteger]]

ONE = np.uint64(1)


def find_starts(owners: Indices) -> Indices:
    """Return where each owner's rows start in a bundle."""
    if not len(owners):
        return np.zeros(0, np.int64)
    changes = np.flatnonzero(owners[1:] != owners[:-1])
    return np.concatenate((np.zeros(1, np.int64), changes + 1))


def count_rows(starts: Indices, total: int) -> Indices:
    """Return how many rows each owner has."""
    return np.diff(starts, append=total)


def number_within(counts: Indices) -> Indices:
    """Return 0, 1, 2 ... for each owner's rows."""
    ends = np.cumsum(counts)
    return np.arange(int(ends[-1]) if len(ends) else 0) - np.repeat(ends - counts, counts)


def sum_before(counts: Indices) -> Indices:
    """Return the sum of all earlier counts for each, and the sum of all at the end."""
    sums = np.zeros(len(counts) + 1, np.int64)
    np.cumsum(counts, out=sums[1:])
    return sums


def mix(numbers: Numbers) -> Numbers:
    """Return numbers that look random, equal ones for equal ones."""
    mixed = numbers * np.uint64(0x9E3779B97F4A7C15)
    mixed ^= mixed >> np.uint64(29)
    mixed *= np.uint64(0xBF58476D1CE4E5B9)
    mixed ^= mixed >> np.uint64(32)
    return mixed


def bit_lengths(numbers: Numbers) -> Numbers:
    """Return the number of bits of each."""
    lengths = np.zeros(len(numbers), np.uint64)
    rest = numbers.copy()
    for step in (32, 16, 8, 4, 2, 1):
        large = rest >= np.uint64(1 << step)
        lengths += np.where(large, np.uint64(step), np.uint64(0))
        rest = np.where(large, rest >> np.uint64(step), rest)
    return lengths + rest
