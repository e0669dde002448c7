"""Shapes: what filters that differ only in numbers have in common, and their numbers as rows of a table.

    conn { ipv4.src == 10.0.0.1; tcp.sport == 1234; ... }      fixed    type == 0x800, protocol == 6, ...
    conn { ipv4.src == 10.0.0.2; tcp.sport == 99; ... }        columns  src, sport
                                                               rows     (10.0.0.1, 1234), (10.0.0.2, 99)

A filter with alternatives (TCP over IPv4 or IPv6) has a row in several shapes. Code is compiled for shapes;
rows are data, and are added and removed without compiling anything.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from dpfc.atoms.split import Edges, split_formula
from dpfc.formula import And, Field, Formula, Test

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Numbers: TypeAlias = NDArray[np.uint64]


@dataclass(frozen=True, slots=True)
class Shape:
    """What the rows of one table have in common.

    Args:
        fixed: tests that every row makes, in message order; each has values of its own.
        columns: fields that each row compares with its own numbers, in message order; no field is in it
            twice, and none is looked at by `fixed`.
    """

    fixed: tuple[Test, ...]
    columns: tuple[Field, ...]

    def formula(self, lows: tuple[int, ...], highs: tuple[int, ...]) -> Formula:
        """Return what one row accepts: column i from `lows[i]` to `highs[i]`."""
        tests = (Test(column, ((low, high),)) for column, low, high in zip(self.columns, lows, highs))
        return And((*self.fixed, *tests))

    def sample(self) -> Formula:
        """Return what the rows look at, as the formula of one of them."""
        zeros = (0,) * len(self.columns)
        return self.formula(zeros, zeros)


def split_shape(shape: Shape, edges: Edges) -> Shape:
    """Return `shape` with its fixed tests cut at `edges`."""
    match split_formula(And(shape.fixed), edges):
        case And(parts=parts):
            return Shape(tuple(part for part in parts if isinstance(part, Test)), shape.columns)
        case Test() as test:
            return Shape((test,), shape.columns)
        case _:
            return shape


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """The rows of one shape, column by column.

    Args:
        shape: what they share.
        lows: for each column, the lowest number of each row.
        highs: likewise the highest; the same arrays as `lows` where the rows are exact.
        ids: for each row, the number of its filter (u32); a filter may have several rows.
        priorities: for each row, its filter's priority (0 where none is given), i64.
    """

    shape: Shape
    lows: tuple[Numbers, ...]
    highs: tuple[Numbers, ...]
    ids: NDArray[np.uint32]
    priorities: NDArray[np.int64]

    @property
    def exact(self) -> bool:
        """Whether every row compares every column with one number."""
        return all(low is high for low, high in zip(self.lows, self.highs))

    def __len__(self) -> int:
        return len(self.ids)

    def only(self, numbers: Collection[int]) -> Rows:
        """Return the rows of the filters with these numbers."""
        return self.without({int(number) for number in self.ids} - set(numbers))

    def without(self, numbers: Collection[int]) -> Rows:
        """Return the rows of all filters but those with these numbers."""
        import numpy as np

        if not numbers:
            return self
        return self.take(np.flatnonzero(~np.isin(self.ids, list(numbers))))

    def take(self, places: NDArray[np.int64]) -> Rows:
        """Return some of the rows."""
        lows = tuple(column[places] for column in self.lows)
        highs = lows if self.exact else tuple(column[places] for column in self.highs)
        return Rows(self.shape, lows, highs, self.ids[places], self.priorities[places])


def make_rows(
    shape: Shape,
    lows: Sequence[tuple[int, ...]],
    highs: Sequence[tuple[int, ...]],
    ids: Sequence[int],
    priorities: Sequence[int],
) -> Rows:
    """Return rows given one by one."""
    import numpy as np  # only programs with tables need it

    places = range(len(shape.columns))  # also where there is no row
    low_columns = tuple(np.array([row[place] for row in lows], dtype=np.uint64) for place in places)
    high_columns = tuple(np.array([row[place] for row in highs], dtype=np.uint64) for place in places)
    exact = all(bool((low == high).all()) for low, high in zip(low_columns, high_columns))
    numbers = np.array(ids, dtype=np.uint32)
    return Rows(
        shape,
        low_columns,
        low_columns if exact else high_columns,
        numbers,
        np.array(priorities, dtype=np.int64),
    )


def join_rows(parts: Sequence[Rows]) -> Rows:
    """Return the rows of all `parts`, which have one shape."""
    import numpy as np

    if len(parts) == 1:
        return parts[0]
    shape = parts[0].shape
    places = range(len(shape.columns))
    lows = tuple(np.concatenate([part.lows[place] for part in parts]) for place in places)
    highs = lows
    if not all(part.exact for part in parts):
        highs = tuple(np.concatenate([part.highs[place] for part in parts]) for place in places)
    ids = np.concatenate([part.ids for part in parts])
    return Rows(shape, lows, highs, ids, np.concatenate([part.priorities for part in parts]))
