"""And, Or and Not in a tidy shape: flat, without neutral parts, each part once.

In and out: `dpfc.formula`. Order is kept, because a part may guard the arithmetic of those behind it.
"""

from __future__ import annotations

from collections.abc import Iterable

from dpfc.formula import And, Formula, Not, Or

TRUE = And(())
FALSE = Or(())


def conjoin(parts: Iterable[Formula]) -> Formula:
    """Return the conjunction of `parts`."""
    flat: dict[Formula, None] = {}
    for part in parts:
        match part:
            case And(parts=inner):
                flat.update(dict.fromkeys(inner))
            case Or(parts=()):
                return FALSE
            case _:
                flat[part] = None
    return next(iter(flat)) if len(flat) == 1 else And(tuple(flat))


def disjoin(parts: Iterable[Formula]) -> Formula:
    """Return the disjunction of `parts`."""
    flat: dict[Formula, None] = {}
    for part in parts:
        match part:
            case Or(parts=inner):
                flat.update(dict.fromkeys(inner))
            case And(parts=()):
                return TRUE
            case _:
                flat[part] = None
    return next(iter(flat)) if len(flat) == 1 else Or(tuple(flat))


def negate(part: Formula) -> Formula:
    """Return the plain negation of `part`."""
    match part:
        case Not(part=inner):
            return inner
        case And(parts=()):
            return FALSE
        case Or(parts=()):
            return TRUE
        case _:
            return Not(part)
