"""The fast pass's answer to one obligation, and what may be assumed once it is met.

In: an obligation and the knowledge before its instruction. Out: True when it certainly holds. Afterwards it
is assumed in any case: an execution in which it does not hold ends there (and what is not proved here is
proved by z3 or refused).
"""

from __future__ import annotations

from runtime.check.knowledge import Knowledge
from runtime.check.linear import Linear, add_forms, scale_form, shift_form
from runtime.check.obligation import (
    CountAtMost,
    ExactConvert,
    InBounds,
    NonZero,
    NoWrap,
    Obligation,
    ShiftBelow,
)


def decide_obligation(knowledge: Knowledge, obligation: Obligation) -> bool:
    """Say whether `obligation` certainly holds, and assume it from here on."""
    scope = knowledge.scope
    goal = find_goal(knowledge, obligation)
    if goal is None:
        return scope.dead or _is_small(knowledge, obligation)
    holds = scope.proves(goal)
    if scope.bounds(goal)[1] > 0:
        scope.assume(goal)
    return holds


def find_goal(knowledge: Knowledge, obligation: Obligation) -> Linear | None:
    """Return the form that must be at most 0; None: the obligation is not linear."""
    match obligation:
        case InBounds(region=region, offset=offset, width=width):
            return shift_form(add_forms(knowledge.form(offset), knowledge.lengths[region], -1), width)
        case NoWrap():
            return _find_overflow(knowledge, obligation)
        case ExactConvert(value=value, type=type_):
            return shift_form(knowledge.form(value), -type_.maximum)
        case NonZero(divisor=divisor):
            return shift_form(scale_form(knowledge.form(divisor), -1), 1)
        case ShiftBelow(amount=amount):
            return shift_form(knowledge.form(amount), 1 - knowledge.types[amount].bits)
        case CountAtMost(count=count, maximum=maximum):
            return shift_form(knowledge.form(count), -maximum)


def _find_overflow(knowledge: Knowledge, obligation: NoWrap) -> Linear | None:
    """Return by how much the result leaves its type, where the result is linear."""
    left, right = knowledge.form(obligation.left), knowledge.form(obligation.right)
    top = knowledge.top(obligation.left)
    match obligation.operator:
        case "add":
            return shift_form(add_forms(left, right), -top)
        case "sub":
            return add_forms(right, left, -1)
        case "mul" if not right.terms:
            return shift_form(scale_form(left, right.constant), -top)
        case "mul" if not left.terms:
            return shift_form(scale_form(right, left.constant), -top)
        case "shl" if not right.terms and right.constant < 64:
            return shift_form(scale_form(left, 1 << right.constant), -top)
        case "mul" | "shl":
            return None


def _is_small(knowledge: Knowledge, obligation: Obligation) -> bool:
    """Decide a product or shift of two unknown numbers by the largest that they can be."""
    assert isinstance(obligation, NoWrap), "all other obligations are linear"
    left, right = knowledge.range_of(obligation.left).high, knowledge.range_of(obligation.right).high
    product = left * right if obligation.operator == "mul" else left << min(right, 64)
    return product <= knowledge.top(obligation.left)
