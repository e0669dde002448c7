"""What is put in order by `dpfc.shapes.relate`: rows and filters, by number.

In: tables and filters. Out: units (each row of each table, then each filter), their tables, priorities and
groups; which filters are boxes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING

from dpfc.formula import Filter
from dpfc.shapes.conjunction import Conjunction, list_conjunctions
from dpfc.shapes.frame import MAX_PIECES, Frame
from dpfc.shapes.layers import Layer, Units
from dpfc.shapes.shape import Rows, Shape, make_rows

if TYPE_CHECKING:
    from dpfc.shapes.contain import Numbers


@dataclass(frozen=True, slots=True, eq=False)
class Members:
    """Units in order of their numbers: rows, then easy filters, then hard ones.

    Args:
        tables: rows.
        easy: filters that are a few conjunctions.
        hard: others.
        boxed: tables whose rows become boxes: `tables`, and one for each alternative of an easy filter.
        owners: for each further table in `boxed`, the place of its filter in `easy`.
        units: tables and groups of the units.
        ids: the number of each unit's filter.
        priorities: by filter number.
    """

    tables: tuple[Rows, ...]
    easy: tuple[Filter, ...]
    hard: tuple[Filter, ...]
    boxed: tuple[Rows, ...]
    owners: tuple[int, ...]
    units: Units
    ids: Numbers
    priorities: Numbers

    def find_units(self, frame: Frame) -> Numbers:
        """Return the unit of each box of a frame of the `boxed` tables."""
        import numpy as np

        sizes = [len(table) for table in self.tables]
        starts = [sum(sizes[:number]) for number in range(len(sizes))]
        starts += [sum(sizes) + owner for owner in self.owners]
        units: Numbers = np.array(starts, dtype=np.int64)[frame.origins] + frame.rows
        return units

    def read_layer(self, layer: Layer) -> Rows | Filter:
        """Return the rows of a layer, or its filter."""
        if layer.table >= len(self.tables):
            return (*self.easy, *self.hard)[layer.table - len(self.tables)]
        start = sum(len(table) for table in self.tables[: layer.table])
        return self.tables[layer.table].take(layer.units - start)


def number_members(tables: Sequence[Rows], others: Sequence[Filter]) -> Members:
    """Return tables and filters as units."""
    import numpy as np

    found = {one.id: list_conjunctions(one.formula) for one in others}
    easy = tuple(one for one in others if _is_easy(found[one.id]))
    hard = tuple(one for one in others if not _is_easy(found[one.id]))
    alternatives = [
        (place, _make_row(one, conjunction))
        for place, one in enumerate(easy)
        for conjunction in found[one.id] or ()
    ]
    filters = (*easy, *hard)
    ids = [table.ids.astype(np.int64) for table in tables]
    ids.append(np.array([one.id for one in filters], dtype=np.int64))
    ranks = [table.priorities for table in tables]
    ranks.append(np.array([one.priority or 0 for one in filters], dtype=np.int64))
    places = [np.full(len(table), number) for number, table in enumerate(tables)]
    places.append(np.arange(len(tables), len(tables) + len(filters)))
    numbers, rank, place = np.concatenate(ids), np.concatenate(ranks), np.concatenate(places)
    priorities = np.zeros(int(numbers.max(initial=0)) + 1, dtype=np.int64)
    priorities[numbers] = rank
    groups = np.unique(np.stack((place, rank)), axis=1, return_inverse=True)[1].reshape(-1)
    return Members(
        tuple(tables),
        easy,
        hard,
        (*tables, *(row for _, row in alternatives)),
        tuple(place for place, _ in alternatives),
        Units(place, groups),
        numbers,
        priorities,
    )


def _is_easy(conjunctions: Sequence[Conjunction] | None) -> bool:
    return conjunctions is not None and all(
        prod(len(test.values) for test in one.values()) <= MAX_PIECES for one in conjunctions
    )


def _make_row(one: Filter, conjunction: Conjunction) -> Rows:
    """Return a table of one row without columns."""
    shape = Shape(tuple(conjunction.values()), ())
    return make_rows(shape, [()], [()], [one.id], [one.priority or 0])
