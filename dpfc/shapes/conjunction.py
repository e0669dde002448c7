"""Formulas as alternatives of plain tests, where that is what they are.

In: a formula. Out: conjunctions, one of which a message has to satisfy: for each subject the set of its good
values. Formulas with negations, or with more alternatives than are worth a row each, are none.

    Or(And(type == 0x800, protocol == 6, dport == 80), And(type == 0x86dd, key == 6, dport == 80))
        {type: 0x800, protocol: 6, dport: 80}    {type: 0x86dd, key: 6, dport: 80}
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations
from typing import TypeAlias

from dpfc.formula import And, Expression, Formula, Not, Or, Test
from dpfc.valueset import intersection

Conjunction: TypeAlias = Mapping[Expression, Test]
"""One test for each subject, whose values are those of all its tests; no test is impossible."""

MAX_ALTERNATIVES = 16


def list_conjunctions(formula: Formula) -> tuple[Conjunction, ...] | None:
    """Return the alternatives of `formula`, or None where it is not a few conjunctions of tests.

    Alternatives that contradict themselves are left out; a formula that is never true has none.
    """
    alternatives = expand_formula(formula)
    if alternatives is None:
        return None
    joined = (join_tests(alternative) for alternative in alternatives)
    return tuple(conjunction for conjunction in joined if conjunction is not None)


def are_disjoint(conjunctions: Sequence[Conjunction]) -> bool:
    """Say whether it is plain that no message satisfies two of `conjunctions`."""
    return all(
        any(
            subject in second and not intersection(test.values, second[subject].values)
            for subject, test in first.items()
        )
        for first, second in combinations(conjunctions, 2)
    )


def expand_formula(part: Formula) -> list[tuple[Test, ...]] | None:
    """Return the disjunctive normal form, None when it is too large or has a negation."""
    match part:
        case Test():
            return [(part,)]
        case Not():
            return None
        case Or(parts=parts):
            result: list[tuple[Test, ...]] = []
            for inner in parts:
                expanded = expand_formula(inner)
                if expanded is None or len(result) + len(expanded) > MAX_ALTERNATIVES:
                    return None
                result += expanded
            return result
        case And(parts=parts):
            result = [()]
            for inner in parts:
                expanded = expand_formula(inner)
                if expanded is None or len(result) * len(expanded) > MAX_ALTERNATIVES:
                    return None
                result = [(*before, *after) for before in result for after in expanded]
            return result


def join_tests(tests: Iterable[Test]) -> Conjunction | None:
    """Return one test for each subject, or None when two of them have no value in common."""
    joined: dict[Expression, Test] = {}
    for test in tests:
        before = joined.get(test.subject)
        values = test.values if before is None else intersection(before.values, test.values)
        if not values:
            return None
        joined[test.subject] = test if before is None else Test(test.subject, values, before.span)
    return joined
