"""The rows of one table by filter, and by the values of some columns: for inserting and deleting filters.

In: rows. Out: which filters have rows that agree with a new row where two shapes meet. Nothing is indexed
before it is asked for: most programs never ask.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TypeAlias

from dpfc.formula import FilterId
from dpfc.shapes.shape import Rows, Shape, make_rows

Row: TypeAlias = tuple[int, ...]
"""One number for each column of a shape."""

ShapedRow: TypeAlias = tuple[Shape, Row]


class Registry:
    """The live rows of one shape.

    Attributes:
        shape: of the rows.
        several: filters with rows here that have more than one row in all registries together.
    """

    def __init__(self, rows: Rows) -> None:
        self.shape = rows.shape
        self.several: set[FilterId] = set()
        self._rows: dict[FilterId, tuple[Row, ...]] = {}
        self._indexes: dict[tuple[int, ...], dict[Row, set[FilterId]]] = {}
        numbers = rows.ids.tolist()
        values = zip(*(column.tolist() for column in rows.lows), strict=True)
        single = dict(zip(numbers, zip(values), strict=True))
        if len(single) == len(numbers):
            self._rows = single
            return
        for number, row in zip(numbers, zip(*(column.tolist() for column in rows.lows), strict=True)):
            self._rows[number] = (*self._rows[number], row) if number in self._rows else (row,)

    def __len__(self) -> int:
        return len(self._rows)

    def __contains__(self, number: FilterId) -> bool:
        return number in self._rows

    def rows_of(self, number: FilterId) -> tuple[Row, ...]:
        """Return the rows of a filter; none if it has none here."""
        return self._rows.get(number, ())

    def items(self) -> Iterable[tuple[FilterId, tuple[Row, ...]]]:
        """Return all filters with their rows."""
        return self._rows.items()

    def add(self, number: FilterId, row: Row) -> None:
        """Add a row."""
        self._rows[number] = (*self._rows.get(number, ()), row)
        for columns, index in self._indexes.items():
            index.setdefault(_project(row, columns), set()).add(number)

    def add_many(self, numbers: Sequence[FilterId], columns: Sequence[Sequence[int]]) -> None:
        """Add a row for each of many filters that have no other."""
        self._rows.update(zip(numbers, ((row,) for row in zip(*columns, strict=True)), strict=True))
        self._indexes.clear()

    def rows(self, priority: int) -> Rows:
        """Return all rows as columns."""
        ids = [number for number, rows in self._rows.items() for _ in rows]
        rows = [row for rows in self._rows.values() for row in rows]
        return make_rows(self.shape, rows, rows, ids, [priority] * len(ids))

    def remove(self, number: FilterId) -> tuple[Row, ...]:
        """Remove all rows of a filter and return them."""
        rows = self._rows.pop(number, ())
        self.several.discard(number)
        for columns, index in self._indexes.items():
            for row in rows:
                key = _project(row, columns)
                index[key].discard(number)
                if not index[key]:
                    del index[key]
        return rows

    def find(self, columns: tuple[int, ...], values: Row) -> Iterator[FilterId]:
        """Yield the filters with a row that has these values in these columns."""
        if not columns:
            yield from self._rows
            return
        index = self._indexes.get(columns)
        if index is None:
            index = self._indexes[columns] = {}
            for number, rows in self._rows.items():
                for row in rows:
                    index.setdefault(_project(row, columns), set()).add(number)
        yield from index.get(values, ())


def _project(row: Row, columns: tuple[int, ...]) -> Row:
    return tuple(row[column] for column in columns)
