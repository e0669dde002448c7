"""The one order of the parts of a conjunction or disjunction: message order, not the order of writing.

In and out: canonical formulas. Arithmetic that can wrap comes behind the other tests of the same place, and
keeps the order in which it was written: one part of it may guard the next.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import TypeAlias

from dpfc.atoms.bounds import can_place_wrap, can_wrap
from dpfc.formula import And, Formula, Not, Or, Test
from dpfc.merge.need import order_key

_Key: TypeAlias = tuple[int, int, int]
_FIRST: _Key = (-1, 0, 0)


def sort_parts(parts: Iterable[Formula]) -> tuple[Formula, ...]:
    """Return `parts` in order."""
    ordered = sorted(parts, key=_find_key)
    return tuple(part for _, tied in groupby(ordered, _find_key) for part in _sort_tied(list(tied)))


def _find_key(part: Formula) -> _Key:
    """Return where in the message the part looks first."""
    match part:
        case Test(subject=subject):
            return order_key(subject)
        case Not(part=inner):
            return _find_key(inner)
        case And(parts=parts) | Or(parts=parts):
            return min(map(_find_key, parts), default=_FIRST)


def _sort_tied(parts: list[Formula]) -> Iterator[Formula]:
    """Yield parts that look at the same place: those that cannot wrap by their looks, then the others."""
    if len(parts) == 1:
        yield parts[0]
        return
    safe = {part: not any(map(_may_wrap, _list_tests(part))) for part in parts}
    yield from sorted((part for part in parts if safe[part]), key=repr)
    yield from (part for part in parts if not safe[part])


def _may_wrap(test: Test) -> bool:
    return can_wrap(test.subject) or can_place_wrap(test.subject)


def _list_tests(part: Formula) -> Iterator[Test]:
    match part:
        case Test():
            yield part
        case Not(part=inner):
            yield from _list_tests(inner)
        case And(parts=parts) | Or(parts=parts):
            for inner in parts:
                yield from _list_tests(inner)
