"""One system of coordinates for the rows of several shapes.

In: tables of rows. Out: a box for each row, with one dimension for each thing that any of them looks at. The
coordinates are ranks among the numbers that rows name, so that boxes are compared without knowing how wide a
field is.

    row      source 10.0.0.0/8, fixed protocol == 6            another row      port 80
    box      source 3..9, protocol 1..1, port 0..5             source 0..12, protocol 0..2, port 4..4

A row that does not look at something has all its ranks, and one more that stands for "no value": a row that
takes every port still wants the port to be inside the message. A fixed test for several intervals makes
several boxes of each row. A box inside another is a row inside another, and boxes apart are rows apart. The
reverse holds where the fields do not share bits (`dpfc.shapes.independence`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from math import prod
from typing import TYPE_CHECKING, TypeAlias

from dpfc.formula import And, Expression, Field, Formula, Interval, Or, Test, ValueSet
from dpfc.merge.boolean import Pool, make_pool
from dpfc.merge.need import list_needs, value_bits
from dpfc.merge.path import find_path
from dpfc.naive import find_value
from dpfc.shapes.contain import Boxes
from dpfc.shapes.distinct import list_distinct
from dpfc.shapes.shape import Rows, Shape

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from dpfc.shapes.contain import Numbers, Ranks

    Starts: TypeAlias = NDArray[np.uint64]

MAX_PIECES = 64
"""Boxes that one row may become. Tables with more are left out, which is said."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a table."""

    shape: Shape
    lows: tuple[int, ...]
    highs: tuple[int, ...]

    @property
    def formula(self) -> Formula:
        """What it accepts."""
        return self.shape.formula(self.lows, self.highs)


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """Boxes of all rows, in the order of their filters' numbers.

    Args:
        tables: what the boxes were made of.
        pool: knows everything that the tables look at.
        subjects: what each dimension is.
        starts: for each dimension, the lowest number of each rank; one more rank stands for "no value".
        boxes: one or several for each row.
        origins: for each box, the number of its table.
        rows: for each box, its row in the table.
        ids: for each box, the number of its filter.
        left_out: the numbers of filters with rows that have no box.
    """

    tables: tuple[Rows, ...]
    pool: Pool
    subjects: tuple[Expression, ...]
    starts: tuple[Starts, ...]
    boxes: Boxes
    origins: Numbers
    rows: Numbers
    ids: Numbers
    left_out: frozenset[int]

    def list_tests(self, ranks: Ranks, *boxes: int) -> tuple[Test, ...]:
        """Return tests that bring a message to the point, in the dimensions that some of `boxes` look at."""
        wanted = {subject for box in boxes for subject in list_subjects(self.find_row(box).shape)}
        numbers = [
            (subject, int(starts[rank]))
            for subject, starts, rank in zip(self.subjects, self.starts, ranks, strict=True)
            if subject in wanted and rank < len(starts)
        ]
        return tuple(Test(subject, ((number, number),)) for subject, number in numbers)

    def rank_message(self, message: bytes) -> Ranks:
        """Return the point at which a message is."""
        import numpy as np

        values = [find_value(subject, message) for subject in self.subjects]
        ranks = [
            len(starts) if value is None else int(np.searchsorted(starts, np.uint64(value), side="right")) - 1
            for value, starts in zip(values, self.starts, strict=True)
        ]
        return np.array(ranks, dtype=np.int32)

    def find_row(self, box: int) -> Row:
        """Return the row that a box was made of."""
        return read_row(self.tables[self.origins[box]], int(self.rows[box]))

    def find_formula(self, number: int) -> Formula:
        """Return what a filter accepts, as far as it has boxes."""
        import numpy as np

        start, end = (int(place) for place in np.searchsorted(self.ids, (number, number + 1)))
        return Or(tuple(self.find_row(box).formula for box in range(start, end)))

    def list_common_tests(self, first: int, second: int) -> tuple[Test, ...]:
        """Return tests that a message in two boxes that meet satisfies."""
        import numpy as np

        lows = self.boxes.lows
        return self.list_tests(np.maximum(lows[:, first], lows[:, second]), first, second)


def make_frame(tables: Sequence[Rows], pool: Pool | None = None, optional: Collection[Field] = ()) -> Frame:
    """Return the boxes of the rows of `tables`.

    Args:
        tables: whose fixed tests do not contradict each other.
        pool: knows everything that they look at.
        optional: columns that a message has all or none of: a row that takes all numbers of all of these
            takes messages without them too.
    """
    import numpy as np

    pool = pool or make_pool(sample_formula(table.shape) for table in tables)
    kept = [n for n, table in enumerate(tables) if len(table) and count_pieces(table.shape) <= MAX_PIECES]
    subjects = tuple(dict.fromkeys(s for number in kept for s in list_subjects(tables[number].shape)))
    starts = tuple(_find_starts(subject, [tables[number] for number in kept]) for subject in subjects)
    lows, highs, origins, rows = [], [], [], []
    for number in kept:  # a table that matches nothing has no boxes
        for low, high in _embed(tables[number], subjects, starts, pool, optional):
            lows.append(low)
            highs.append(high)
            origins.append(np.full(len(tables[number]), number))
            rows.append(np.arange(len(tables[number])))
    empty = [np.zeros(0, dtype=np.int64)]
    ids = np.concatenate(empty + [tables[o[0]].ids.astype(np.int64) for o in origins])
    order = np.argsort(ids, kind="stable")
    none = [np.zeros((len(subjects), 0), dtype=np.int32)]
    return Frame(
        tuple(tables),
        pool,
        subjects,
        starts,
        Boxes(np.concatenate(none + lows, axis=1), np.concatenate(none + highs, axis=1)).take(order),
        np.concatenate(empty + origins)[order],
        np.concatenate(empty + rows)[order],
        ids[order],
        frozenset(int(one) for n, table in enumerate(tables) if n not in kept for one in table.ids),
    )


def read_row(table: Rows, row: int) -> Row:
    """Return one row of a table."""
    lows = tuple(int(column[row]) for column in table.lows)
    return Row(table.shape, lows, tuple(int(column[row]) for column in table.highs))


def list_subjects(shape: Shape) -> tuple[Expression, ...]:
    """Return what the rows of a shape look at."""
    return (*(test.subject for test in shape.fixed), *shape.columns)


def sample_formula(shape: Shape) -> And:
    """Return a formula that looks at everything that the shape's rows look at."""
    return And((*shape.fixed, *(Test(column, ((0, 0),)) for column in shape.columns)))


def has_room(pool: Pool, shape: Shape, subject: Expression) -> bool:
    """Say whether `subject` certainly has a value in messages that a row of `shape` accepts."""
    rooms = [pool.literal(pool.variable(room), ((1, 1),)) for room in list_needs(*list_subjects(shape))]
    missing = [pool.literal(pool.variable(room), ((0, 0),)) for room in list_needs(subject)]
    return find_path(pool, pool.every((*rooms, pool.some(missing)))) is None


def count_pieces(shape: Shape) -> int:
    """Return how many boxes each row of a shape becomes."""
    return prod(len(test.values) for test in shape.fixed)


def _find_starts(subject: Expression, tables: Sequence[Rows]) -> Starts:
    """Return the numbers at which some row's interval begins, or has just ended."""
    import numpy as np

    top = (1 << value_bits(subject)) - 1
    lows, highs = [np.zeros(1, dtype=np.uint64)], [np.zeros(0, dtype=np.uint64)]
    for table in tables:
        for interval in _fixed_values(table.shape, subject):
            lows.append(np.array([min(interval[0], top)], dtype=np.uint64))
            highs.append(np.array([min(interval[1], top)], dtype=np.uint64))
        if subject in table.shape.columns:
            place = table.shape.columns.index(subject)
            lows.append(table.lows[place])
            highs.append(table.highs[place])
    ended = np.concatenate(highs)
    ended = ended[ended < np.uint64(top)]
    return list_distinct(np.concatenate((*lows, ended + np.uint64(1))))


def _fixed_values(shape: Shape, subject: Expression) -> ValueSet:
    return next((test.values for test in shape.fixed if test.subject == subject), ())


def _embed(
    table: Rows,
    subjects: tuple[Expression, ...],
    starts: tuple[Starts, ...],
    pool: Pool,
    optional: Collection[Field],
) -> Iterator[tuple[Ranks, Ranks]]:
    """Yield boxes of all rows, for each combination of the fixed tests' intervals."""
    import numpy as np

    shape = table.shape
    low = np.zeros((len(subjects), len(table)), dtype=np.int32)
    high = np.zeros_like(low)
    for dimension, (subject, edges) in enumerate(zip(subjects, starts, strict=True)):
        if subject in shape.columns:
            place = shape.columns.index(subject)
            low[dimension] = np.searchsorted(edges, table.lows[place])
            high[dimension] = np.searchsorted(edges, table.highs[place], side="right") - 1
        elif not _fixed_values(shape, subject):
            high[dimension] = len(edges) - has_room(pool, shape, subject)
    chosen = [place for place, subject in enumerate(subjects) if subject in optional]
    tops = np.array([len(starts[place]) for place in chosen], dtype=np.int32)[:, None]
    takes_all = ((low[chosen] == 0) & (high[chosen] >= tops - 1)).all(axis=0)
    high[chosen] += takes_all & (high[chosen] < tops)  # the rank of "no value"
    places = [subjects.index(test.subject) for test in shape.fixed]
    pieces = [
        [_rank_interval(starts[place], interval) for interval in test.values]
        for place, test in zip(places, shape.fixed, strict=True)
    ]
    for ends in product(*pieces):
        if all(first <= last for first, last in ends):  # none where it lies beyond what the field can be
            for place, (first, last) in zip(places, ends, strict=True):
                low[place], high[place] = first, last
            yield low.copy(), high.copy()


def _rank_interval(edges: Starts, interval: Interval) -> tuple[int, int]:
    import numpy as np

    first, last = np.uint64(interval[0]), np.uint64(interval[1])
    return int(np.searchsorted(edges, first)), int(np.searchsorted(edges, last, side="right")) - 1
