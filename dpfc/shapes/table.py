"""Tables of a program: a name, a key and rows for each shape.

In: rows by shape. Out: what the trie asks (`need.Found`) and what the table holds. Rows of one shape from
several sources come into one table.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from dpfc.formula import FilterId
from dpfc.merge.need import Found, value_bits
from dpfc.shapes.keys import KeyWord, pack_key
from dpfc.shapes.shape import Rows, Shape, join_rows


@dataclass(frozen=True, slots=True)
class ShapeTable:
    """One open table of a program.

    Args:
        name: in the IR.
        number: stands for all its filters in the trie; below 0.
        shape: of its rows.
        words: of its key.
        rows: what it holds when the program is loaded; later rows come and go.
    """

    name: str
    number: FilterId
    shape: Shape
    words: tuple[KeyWord, ...]
    rows: Rows

    @property
    def found(self) -> Found:
        """What the trie asks."""
        return Found(self.name, tuple(word.loads for word in self.words))

    def key(self, row: Sequence[int]) -> tuple[int, ...]:
        """Return the key of a row of column values."""
        return tuple(word.pack(row) for word in self.words)


def make_tables(rows: Sequence[Rows]) -> tuple[ShapeTable, ...]:
    """Return a table for each of `rows`, in order; several may have one shape."""
    return tuple(
        ShapeTable(f"rows{number}", FilterId(-1 - number), some.shape, pack_key(some.shape.columns), some)
        for number, some in enumerate(rows)
    )


def join_shapes(rows: Iterable[Rows]) -> tuple[Rows, ...]:
    """Return the rows of each shape together, in the order in which the shapes first appear."""
    by_shape: dict[Shape, list[Rows]] = {}
    for some in rows:
        by_shape.setdefault(some.shape, []).append(some)
    return tuple(join_rows(parts) for parts in by_shape.values())


def split_layers(rows: Rows) -> tuple[Rows, ...]:
    """Return `rows` in layers, none of which has a key twice: a table has one answer for a key.

    The first layer has the first row of every key, the second the second rows, and so on.
    """
    import numpy as np

    order = np.lexsort(rows.lows)  # stable: rows with one key stay in order
    repeats = np.ones(len(order), dtype=np.bool_)
    repeats[:1] = False
    for column in rows.lows:
        ordered = column[order]
        repeats[1:] &= ordered[1:] == ordered[:-1]
    starts = np.flatnonzero(~repeats)
    layers = np.empty(len(order), dtype=np.int64)
    layers[order] = np.arange(len(order)) - np.repeat(starts, np.diff(np.append(starts, len(order))))
    return tuple(
        rows.take(np.flatnonzero(layers == layer)) for layer in range(int(layers.max(initial=-1)) + 1)
    )


def split_priorities(rows: Iterable[Rows]) -> tuple[Rows, ...]:
    """Return `rows` so that all filters of one part have one priority, the larger ones first."""
    import numpy as np

    parts: list[Rows] = []
    for some in rows:
        largest_first = np.unique(some.priorities)[::-1]
        parts += [some.take(np.flatnonzero(some.priorities == priority)) for priority in largest_first]
    return tuple(parts)


def count_bits(shape: Shape) -> int:
    """Return about how many bits of a message the rows of a shape ask for."""
    asked = sum(value_bits(test.subject) for test in shape.fixed)
    return asked + sum(column.bits for column in shape.columns)
