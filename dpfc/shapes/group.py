"""Group filters by shape: which become rows of a table, and which are compiled one by one.

In: resolved filters. Out: tables of rows, and the filters that are no rows. Two conjunctions have one shape
when they test the same subjects; fields whose numbers differ become columns, everything else stays a test. A
filter is either all rows or none: where one of its alternatives finds no company, it is compiled by itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from math import prod
from typing import TypeAlias

from dpfc.formula import Expression, Field, Filter, FilterId, Test, ValueSet
from dpfc.merge.need import order_key
from dpfc.shapes.conjunction import Conjunction, are_disjoint, list_conjunctions
from dpfc.shapes.shape import Rows, Shape, make_rows

LEAST_ROWS = 8
"""Fewer filters of one shape are merged into the trie, where each number is an operand of an instruction."""

MAX_ROWS_EACH = 16
"""A conjunction that needs more rows than this, one for each combination of intervals, is no row."""

Member: TypeAlias = tuple[Filter, tuple[Test, ...]]
"""A conjunction in a group: its filter, and its test of each of the group's subjects."""

Groups: TypeAlias = Mapping[tuple[tuple[Expression, ...], tuple[ValueSet, ...]], list[Member]]
"""Conjunctions by their subjects, in message order, and by the values of those that are no columns."""


@dataclass(frozen=True, slots=True)
class Grouped:
    """Filters sorted into tables and others.

    Args:
        tables: each with exact rows of at least LEAST_ROWS filters.
        others: filters that are in no table, in their order.
    """

    tables: tuple[Rows, ...]
    others: tuple[Filter, ...]


def group_filters(filters: Sequence[Filter], every: bool, least: int = LEAST_ROWS) -> Grouped:
    """Sort `filters` into tables and others.

    Args:
        filters: resolved and canonical.
        every: whether a message is reported for every accepting filter: then a filter must not have two rows
            that accept the same message.
        least: a table has rows of at least so many filters.
    """
    read = ((one, _read(one, every)) for one in filters)
    rows = {one.id: (one, conjunctions) for one, conjunctions in read if conjunctions}
    groups = _collect(rows.values())
    while lonely := {number for members in groups.values() for number in _list_lonely(members, least)}:
        rows = {number: row for number, row in rows.items() if number not in lonely}
        groups = _collect(rows.values())  # which may leave too few in another group
    tables = tuple(_tabulate(members) for members in groups.values())
    return Grouped(tables, tuple(one for one in filters if one.id not in rows))


def _read(one: Filter, every: bool) -> tuple[Conjunction, ...]:
    """Return the conjunctions of a filter that can become rows; none for one that cannot."""
    conjunctions = list_conjunctions(one.formula)
    if not conjunctions or (every and not are_disjoint(conjunctions)):
        return ()
    return conjunctions


def _collect(filters: Iterable[tuple[Filter, tuple[Conjunction, ...]]]) -> Groups:
    places: dict[Expression, tuple[tuple[int, int, int], int]] = {}
    groups: dict[tuple[tuple[Expression, ...], tuple[ValueSet, ...]], list[Member]] = {}
    for one, conjunctions in filters:
        for conjunction in conjunctions:
            for subject in conjunction:
                if subject not in places:
                    places[subject] = (order_key(subject), len(places))
            subjects = tuple(sorted(conjunction, key=places.__getitem__))
            tests = tuple(conjunction[subject] for subject in subjects)
            rigid = tuple(test.values for test in tests if not _may_be_column(test))
            groups.setdefault((subjects, rigid), []).append((one, tests))
    return groups


def _may_be_column(test: Test) -> bool:
    return isinstance(test.subject, Field) and len(test.values) <= MAX_ROWS_EACH


def _list_lonely(members: list[Member], least: int) -> set[FilterId]:
    """Return the filters of a group that cannot be rows of a table."""
    company = {one.id for one, _ in members}
    columns = _find_columns(members)
    if len(company) < least or not columns:
        return company
    return {one.id for one, tests in members if not _fits_rows([tests[place] for place in columns])}


def _fits_rows(tests: list[Test]) -> bool:
    """Say whether a few numbers for each column say what `tests` say: tables are asked for exact keys."""
    exact = all(low == high for test in tests for low, high in test.values)
    return exact and prod(len(test.values) for test in tests) <= MAX_ROWS_EACH


def _find_columns(members: list[Member]) -> tuple[int, ...]:
    """Return the places of the tests whose values are not the same in all members."""
    first = members[0][1]
    return tuple(
        place
        for place, test in enumerate(first)
        if any(tests[place].values != test.values for _, tests in members)
    )


def _tabulate(members: list[Member]) -> Rows:
    """Return the table of a group: a row for each combination of its columns' intervals."""
    columns = _find_columns(members)
    first = members[0][1]
    subjects = [first[place].subject for place in columns]
    shape = Shape(
        tuple(test for place, test in enumerate(first) if place not in columns),
        tuple(subject for subject in subjects if isinstance(subject, Field)),
    )
    boxes = [
        (one, box) for one, tests in members for box in product(*(tests[place].values for place in columns))
    ]
    return make_rows(
        shape,
        [tuple(low for low, _ in box) for _, box in boxes],
        [tuple(high for _, high in box) for _, box in boxes],
        [one.id for one, _ in boxes],
        [one.priority or 0 for one, _ in boxes],
    )
