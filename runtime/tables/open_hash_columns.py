"""Keys and answers as NumPy columns: what the bulk operations of open tables take, checked and packed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from runtime.tables.open_hash import OpenHash

Numbers: TypeAlias = NDArray[np.unsignedinteger]
Numbers64: TypeAlias = NDArray[np.uint64]
Words: TypeAlias = list[Numbers64]
Positions: TypeAlias = NDArray[np.int64]


def pack_columns(layout: OpenHash, columns: Sequence[Numbers]) -> Words:
    """Return the words of keys given as columns.

    Raises:
        ValueError: the columns are not those of the table.
    """
    types = [column for word in layout.words for column in word]
    if len(columns) != len(types) or len({len(column) for column in columns}) > 1:
        raise ValueError(f"the table has {len(types)} key columns, of one length")
    for type_, column in zip(types, columns, strict=True):
        check_range(column, 0, type_.maximum)
    left = iter(columns)
    words: Words = []
    for types_of_word in layout.words:
        word = np.zeros(len(columns[0]), np.uint64)
        for type_ in types_of_word:
            shift = np.uint64(type_.bits % 64)  # a column of 64 bits is alone in its word
            word = word << shift | next(left).astype(np.uint64)
        words.append(word)
    return words


def check_answers(layout: OpenHash, answers: Numbers, rows: int) -> Numbers64:
    """Return the answers as u64.

    Raises:
        ValueError: they are not as many as `rows`, or one cannot be stored.
    """
    if len(answers) != rows:
        raise ValueError(f"{len(answers)} answers for {rows} rows")
    check_range(answers, 1, layout.highest)
    return answers.astype(np.uint64)


def check_range(numbers: Numbers, low: int, high: int) -> None:
    """Refuse an array that is not one row of unsigned numbers in `low`..`high`.

    Raises:
        ValueError: that is so.
    """
    if numbers.ndim != 1 or numbers.dtype.kind != "u":
        raise ValueError(f"an array of unsigned numbers is needed, not {numbers.ndim} times {numbers.dtype}")
    if len(numbers) and not low <= int(numbers.min()) <= int(numbers.max()) <= high:
        raise ValueError(f"numbers are {numbers.min()} to {numbers.max()}, not all in {low}..{high}")


def make_row(words: Sequence[int], answer: int) -> tuple[Words, Numbers64]:
    """Return one row as arrays."""
    return [np.array([word], np.uint64) for word in words], np.array([answer], np.uint64)
