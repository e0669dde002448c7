"""Equalities cut where any filter of a set begins or ends a field, so that filters share what they can.

In: canonical formulas. Out: formulas of the same meaning. Canonical formulas ask for as many equal bits at
once as stand side by side; a decision trie can share a test only with one of exactly the same bits.

    26:64 == (a, b)                     26:32 == a and 30:32 == b
    30:32 == b and 36:16 in 1..9        30:32 == b and 36:16 in 1..9
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TypeAlias

from dpfc.atoms.order import sort_parts
from dpfc.atoms.together import is_equality
from dpfc.formula import And, Base, Field, Formula, Not, Or, Test
from dpfc.names.connect import conjoin, disjoin

Edges: TypeAlias = Mapping[Base, Sequence[int]]
"""For each base, the bits at which fields begin or end, ascending."""


def find_edges(filters: Iterable[Formula]) -> Edges:
    """Return the edges of all fields that any of the formulas tests."""
    edges: dict[Base, set[int]] = {}
    for one in filters:
        for field in _list_fields(one):
            edges.setdefault(field.base, set()).update((field.offset, field.offset + field.bits))
    return {base: sorted(places) for base, places in edges.items()}


def split_formula(formula: Formula, edges: Edges) -> Formula:
    """Return `formula` with each equality cut at `edges`."""
    return _split(formula, True, edges)


def split_fields(filters: Sequence[Formula]) -> tuple[Formula, ...]:
    """Return the formulas with each equality cut at the edges of all fields that any of them tests."""
    edges = find_edges(filters)
    return tuple(split_formula(one, edges) for one in filters)


def _list_fields(formula: Formula) -> Iterator[Field]:
    match formula:
        case Test(subject=Field() as field):
            yield field
        case Test():
            return
        case Not(part=part):
            yield from _list_fields(part)
        case And(parts=parts) | Or(parts=parts):
            for part in parts:
                yield from _list_fields(part)


def _split(formula: Formula, positive: bool, edges: Edges) -> Formula:
    """Return `formula` or its negation, cut."""
    match formula:
        case Test():
            pieces = tuple(_cut(formula, edges))
            return conjoin(pieces) if positive else disjoin(map(Not, pieces))
        case Not(part=part):
            return _split(part, not positive, edges)
        case And(parts=parts) | Or(parts=parts):
            cut = [_split(part, positive, edges) for part in parts]
            whole = conjoin(cut) if isinstance(formula, And) == positive else disjoin(cut)
            match whole:
                case And(parts=flat):
                    return And(sort_parts(flat))
                case Or(parts=flat):
                    return Or(sort_parts(flat))
                case _:
                    return whole


def _cut(test: Test, edges: Edges) -> Iterator[Test]:
    """Yield the pieces of an equality; any other test as it is."""
    field = test.subject
    if not isinstance(field, Field) or not is_equality(test):
        yield test
        return
    start, last = field.offset, field.offset + field.bits
    places = edges.get(field.base, ())
    number = test.values[0][0]
    for end in (*places[bisect_right(places, start) : bisect_left(places, last)], last):
        piece = number >> last - end & (1 << end - start) - 1
        yield Test(Field(field.base, start, end - start), ((piece, piece),), test.span)
        start = end
