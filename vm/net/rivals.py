"""Which filters may accept a message that a new one accepts too: found by index, not one by one.

In: filters as they come and go. Out: for a new formula, the filters of which it is not plain that they share
no message with it. Two conjunctions of tests share none where a field that both test must have different
values; so filters that test the same fields lie together, indexed by the values of those that a question is
about.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TypeAlias

from dpfc.canonical import canonical
from dpfc.formula import Expression, FilterId, Formula, ValueSet
from dpfc.shapes.conjunction import Conjunction, list_conjunctions
from dpfc.valueset import intersection

Conjunctions: TypeAlias = tuple[Conjunction, ...]
_Key: TypeAlias = tuple[int, ...]


def read_conjunctions(formula: Formula) -> Conjunctions | None:
    """Return the alternatives of a formula, None where it is not a few conjunctions of tests."""
    return list_conjunctions(canonical(formula))


@dataclass(slots=True)
class _Group:
    """Filters that test the same subjects.

    Attributes:
        subjects: what they test.
        members: by number, their conjunctions here.
        indexes: by places of subjects: by their values, the numbers; None: more than one value.
    """

    subjects: tuple[Expression, ...]
    members: dict[FilterId, list[Conjunction]] = field(default_factory=dict)
    indexes: dict[_Key, dict[_Key | None, dict[FilterId, None]]] = field(default_factory=dict)

    def add(self, number: FilterId, conjunction: Conjunction) -> None:
        self.members.setdefault(number, []).append(conjunction)
        for places, index in self.indexes.items():
            index.setdefault(self._key(conjunction, places), {})[number] = None

    def remove(self, number: FilterId) -> None:
        for conjunction in self.members.pop(number):
            for places, index in self.indexes.items():
                key = self._key(conjunction, places)
                index[key].pop(number, None)
                if not index[key]:
                    del index[key]

    def find(self, conjunction: Conjunction) -> Iterator[FilterId]:
        """Yield the members that may share a message with `conjunction`."""
        common = [place for place, subject in enumerate(self.subjects) if subject in conjunction]
        exact = tuple(place for place in common if _single(conjunction[self.subjects[place]].values))
        for number in self._candidates(conjunction, exact):
            if any(self._meet(conjunction, other, common) for other in self.members[number]):
                yield number

    def _candidates(self, conjunction: Conjunction, places: _Key) -> tuple[FilterId, ...]:
        if not places:
            return tuple(self.members)
        index = self.indexes.get(places)
        if index is None:
            index = self.indexes[places] = {}
            for number, conjunctions in self.members.items():
                for each in conjunctions:
                    index.setdefault(self._key(each, places), {})[number] = None
        return (*index.get(self._key(conjunction, places), ()), *index.get(None, ()))

    def _key(self, conjunction: Conjunction, places: _Key) -> _Key | None:
        values = [conjunction[self.subjects[place]].values for place in places]
        return tuple(each[0][0] for each in values) if all(map(_single, values)) else None

    def _meet(self, first: Conjunction, second: Conjunction, common: list[int]) -> bool:
        return all(
            intersection(first[self.subjects[place]].values, second[self.subjects[place]].values)
            for place in common
        )


class Rivals:
    """All filters of a classifier.

    Attributes:
        conjunctions: of each filter, by number; None: it has no such form.
    """

    __slots__ = ("_groups", "_unknown", "conjunctions")

    def __init__(self) -> None:
        self.conjunctions: dict[FilterId, Conjunctions | None] = {}
        self._groups: dict[frozenset[Expression], _Group] = {}
        self._unknown: dict[FilterId, None] = {}

    def add(self, number: FilterId, conjunctions: Conjunctions | None) -> None:
        """Note a filter."""
        self.conjunctions[number] = conjunctions
        if conjunctions is None:
            self._unknown[number] = None
        for conjunction in conjunctions or ():
            key = frozenset(conjunction)
            if key not in self._groups:
                self._groups[key] = _Group(tuple(conjunction))
            self._groups[key].add(number, conjunction)

    def remove(self, number: FilterId) -> None:
        """Forget a filter."""
        self._unknown.pop(number, None)
        for key in {frozenset(conjunction) for conjunction in self.conjunctions.pop(number) or ()}:
            self._groups[key].remove(number)
            if not self._groups[key].members:
                del self._groups[key]

    def find(self, conjunctions: Conjunctions | None) -> list[FilterId]:
        """Return the filters that may share a message with one that has these alternatives, ascending."""
        if conjunctions is None:
            return sorted(self.conjunctions)
        found = dict(self._unknown)
        for conjunction in conjunctions:
            for group in self._groups.values():
                found |= dict.fromkeys(group.find(conjunction))
        return sorted(found)


def contains(outer: Conjunctions | None, inner: Conjunctions | None) -> bool:
    """Say whether it is plain that `outer` accepts whatever `inner` does."""
    if outer is None or inner is None:
        return False
    return all(any(_implies(one, other) for other in outer) for one in inner)


def _implies(inner: Conjunction, outer: Conjunction) -> bool:
    """Say whether each test of `outer` is one of `inner` too, or a looser one."""
    return all(
        subject in inner and intersection(inner[subject].values, test.values) == inner[subject].values
        for subject, test in outer.items()
    )


def _single(values: ValueSet) -> bool:
    return len(values) == 1 and values[0][0] == values[0][1]
