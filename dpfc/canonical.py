"""One form for every spelling of a filter.

In: formulas as the names were resolved. Out: formulas that accept exactly the same messages, and that are
equal wherever only their spelling differed: order of writing, pieces in which equal bits were asked for,
masks, shifts, byte orders, constants on either side. Equal formulas need no proof to be found equal, and
share decisions.

    and  38:8 in {10}  41:8 in {1}  40:8 in {0}  39:8 in {0}        38:32 in {167772161}

A formula whose arithmetic can wrap keeps that arithmetic: the checker refuses either form or none.
Negations end at tests; tests that must all hold are joined (`dpfc.atoms.together`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from dpfc.atoms.memory import Memory
from dpfc.atoms.order import sort_parts
from dpfc.atoms.rewrite import Rewriter, require_room
from dpfc.atoms.together import is_short, join_tests
from dpfc.formula import And, Expression, Field, Filter, Formula, Not, Or, Test
from dpfc.names.connect import FALSE, TRUE
from dpfc.names.known import Slot
from dpfc.valueset import union

_FEW = 8


def canonical(formula: Formula) -> Formula:
    """Return the one form of `formula`."""
    return _rewrite(formula, True, Memory(Rewriter(canonical)))


def canonicalize(filters: Iterable[Filter]) -> tuple[Filter, ...]:
    """Return `filters` with their formulas in their one form; what they share is rewritten once."""
    memory = Memory(Rewriter(canonical))
    return tuple(replace(one, formula=_rewrite(one.formula, True, memory)) for one in filters)


def _rewrite(formula: Formula, positive: bool, memory: Memory) -> Formula:
    """Return the one form of `formula` or of its negation."""
    match formula:
        case Test():
            return _push(memory.rewrite(formula), positive)
        case Not(part=part):
            return _rewrite(part, not positive, memory)
        case And(parts=parts) | Or(parts=parts):
            rewritten = [_rewrite(part, positive, memory) for part in parts]
            return _every(rewritten) if isinstance(formula, And) == positive else _some(rewritten)


def _push(formula: Formula, positive: bool) -> Formula:
    """Return `formula`, of rewritten tests, or its negation, with negations at its tests only."""
    match formula:
        case Test() if is_short(formula):
            return formula if positive else Not(formula)
        case Test():
            return _every((formula,)) if positive else _some((Not(formula),))
        case Not(part=part):
            return _push(part, not positive)
        case And(parts=parts) | Or(parts=parts):
            pushed = [_push(part, positive) for part in parts]
            return _every(pushed) if isinstance(formula, And) == positive else _some(pushed)


def _every(parts: Iterable[Formula]) -> Formula:
    """Return the conjunction of canonical `parts`."""
    flat = [inner for part in parts for inner in (part.parts if isinstance(part, And) else (part,))]
    tests = join_tests([part for part in flat if isinstance(part, Test)])
    if tests is None or FALSE in flat:
        return FALSE
    negated = _unite(part.part for part in flat if isinstance(part, Not))
    others = _list_once([part for part in flat if isinstance(part, Or)])
    return _one_or(And, sort_parts((*tests, *map(Not, negated), *others)))


def _some(parts: Iterable[Formula]) -> Formula:
    """Return the disjunction of canonical `parts`."""
    flat = [inner for part in parts for inner in (part.parts if isinstance(part, Or) else (part,))]
    denied = [part.part for part in flat if isinstance(part, Not)]
    negated = join_tests([part for part in denied if isinstance(part, Test)])
    if negated is None or TRUE in flat:
        return TRUE
    tests = _unite(part for part in flat if isinstance(part, Test))
    others = _list_once([part for part in flat if isinstance(part, And)])
    return _one_or(Or, sort_parts((*tests, *map(Not, negated), *others)))


def _unite(parts: Iterable[Formula]) -> tuple[Test, ...]:
    """Return tests of which one holds exactly when one of `parts`, all tests, does: one for each subject."""
    united: dict[Expression | Slot, Test] = {}
    for part in parts:
        assert isinstance(part, Test), "negations end at tests"
        key = part.values if isinstance(part.values, Slot) else part.subject
        before = united.get(key)
        united[key] = part if before is None else _unite_two(before, part)
    return tuple(united.values())


def _unite_two(first: Test, second: Test) -> Test:
    values = union(first.values, second.values)
    match first.subject:
        case Field(base=base, offset=offset, bits=bits) if values == ((0, (1 << bits) - 1),):
            return require_room(base, (offset + bits + 7) // 8)
        case subject:
            return Test(subject, values, first.span)


def _list_once(parts: list[Formula]) -> list[Formula]:
    """Return each of `parts` once; a few are compared, because large ones take longer to hash."""
    if len(parts) > _FEW:
        return list(dict.fromkeys(parts))
    return [part for place, part in enumerate(parts) if part not in parts[:place]]


def _one_or(kind: type[And] | type[Or], parts: tuple[Formula, ...]) -> Formula:
    return parts[0] if len(parts) == 1 else kind(parts)
