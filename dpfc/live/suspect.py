"""Which filters a new one may be in conflict with, found without looking at all of them.

In: the rows of a new filter, and what is there. Out: filters that may accept a message that the new one
accepts too, where it is not certain from their shapes that one contains the other. What is true of these few
is decided by `dpfc.merge.overlap`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from dpfc.formula import Filter, FilterId, ValueSet
from dpfc.live.meet import Meeting, find_meeting
from dpfc.live.registry import Registry, Row, ShapedRow
from dpfc.merge.boolean import make_pool
from dpfc.shapes.conjunction import list_conjunctions
from dpfc.shapes.frame import Row as Box
from dpfc.shapes.independence import are_independent
from dpfc.shapes.shape import Shape


class Suspects:
    """Finds suspects; remembers how shapes meet.

    Args:
        registries: of the tables, by name.
        others: filters that are no rows.
    """

    def __init__(self, registries: Mapping[str, Registry], others: Sequence[Filter]) -> None:
        self._registries = registries
        self._shapes: list[tuple[FilterId, Shape, bool]] = []
        self._unknown: list[FilterId] = []
        self._meetings: dict[tuple[int, int], tuple[Shape, Shape, Meeting | None]] = {}
        for one in others:
            conjunctions = list_conjunctions(one.formula)
            if conjunctions is None:
                self._unknown.append(one.id)
            for conjunction in conjunctions or ():
                shape = Shape(tuple(conjunction.values()), ())
                self._shapes.append((one.id, shape, len(conjunctions or ()) > 1))

    def find(self, rows: Sequence[ShapedRow]) -> Iterator[FilterId]:
        """Yield the suspects of a new filter that has `rows`, some of them perhaps twice.

        A filter with several rows may contain the new one with some of them and not with others: for these,
        what two rows are to each other is not enough.
        """
        yield from self._unknown
        for shape, row in rows:
            for number, other, several in self._shapes:
                meeting = self._meet(shape, other)
                undecided = meeting is not None and not _decides(meeting, len(rows) > 1, several)
                if meeting is not None and undecided and _within(row, meeting.first_limits):
                    yield number
            for registry in self._registries.values():
                yield from self._find_in(registry, shape, row, len(rows) > 1)

    @property
    def complete(self) -> bool:
        """Whether all filters have shapes."""
        return not self._unknown

    def list_meetings(self, shape: Shape) -> Iterator[tuple[FilterId | str, Meeting]]:
        """Yield how rows of `shape` meet each filter that is no row, and the rows of each table."""
        for number, other, _ in self._shapes:
            meeting = self._meet(shape, other)
            if meeting is not None:
                yield number, meeting
        for name, registry in self._registries.items():
            meeting = self._meet(shape, registry.shape)
            if meeting is not None:
                yield name, meeting

    def decided(self, name: str) -> bool:
        """Say whether no row of a table can ever be in conflict, but with one that has the same key."""
        shape = self._registries[name].shape
        meetings = [(self._meet(shape, other), several) for _, other, several in self._shapes]
        for other_name, registry in self._registries.items():
            if other_name != name:
                meetings.append((self._meet(shape, registry.shape), bool(registry.several)))
        return not self._unknown and all(
            meeting is None or _decides(meeting, False, several) for meeting, several in meetings
        )

    def _find_in(self, registry: Registry, shape: Shape, row: Row, several: bool) -> Iterator[FilterId]:
        meeting = self._meet(shape, registry.shape)
        if meeting is None or _decides(meeting, several, bool(registry.several)):
            return
        if _within(row, meeting.first_limits):
            values = tuple(row[column] for column, _ in meeting.agree)
            for number in registry.find(tuple(other for _, other in meeting.agree), values):
                if any(_within(one, meeting.second_limits) for one in registry.rows_of(number)):
                    yield number

    def _meet(self, first: Shape, second: Shape) -> Meeting | None:
        key = (id(first), id(second))  # hashing a shape takes longer than all the rest of an insertion
        known = self._meetings.get(key)
        if known is None:
            meeting = find_meeting(first, second)
            if meeting is not None and meeting.nested and not _is_strict(first, second, meeting):
                meeting = replace(meeting, first_inside=False, second_inside=False)
            known = self._meetings[key] = (first, second, meeting)
        return known[2]


def _is_strict(first: Shape, second: Shape, meeting: Meeting) -> bool:
    """Say whether it is proved that no row of one shape says the same as a row of the other.

    It could, where fields share bits: `0:16 == 0x105` says all that `0:16 == 0x105; 1:8 == 5` does.
    """
    ones, others = dict(meeting.first_limits), dict(meeting.second_limits)
    one = tuple(ones[place][0][0] if place in ones else 0 for place in range(len(first.columns)))
    other = tuple(others[place][0][0] if place in others else 0 for place in range(len(second.columns)))
    rows = Box(first, one, one), Box(second, other, other)
    pool = make_pool((rows[0].formula, rows[1].formula))
    return are_independent(pool, *rows, (), lambda _: None)


def _decides(meeting: Meeting, first_several: bool, second_several: bool) -> bool:
    """Say whether it is certain that one of two filters contains the other strictly, where rows meet so."""
    if meeting.first_inside and meeting.second_inside:
        return False
    return (meeting.first_inside and not first_several) or (meeting.second_inside and not second_several)


def _within(row: Row, limits: Sequence[tuple[int, ValueSet]]) -> bool:
    return all(any(low <= row[column] <= high for low, high in values) for column, values in limits)
