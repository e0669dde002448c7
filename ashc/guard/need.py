"""What a check must find out: an obligation that nobody could prove, as an inequality.

In: a finding of the checker. Out: a `Need`. Nearly all obligations are linear, and so is what is needed:
that a sum of multiples of numbers is at most 0. Needs that differ in a constant only are met by one
comparison.

    load u16be message[12]        14 - length <= 0       14 <= length
    load u16be message[%p + 2]    %p + 4 - length <= 0   %p + 4 <= length
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ashc.lowering.frame import excerpt
from runtime.check.decide import find_goal
from runtime.check.knowledge import Knowledge
from runtime.check.linear import Linear, Symbol
from runtime.check.obligation import (
    CountAtMost,
    ExactConvert,
    InBounds,
    NonZero,
    NoWrap,
    Obligation,
    ShiftBelow,
)
from runtime.check.ranges import Finding
from runtime.handler.nodes import MESSAGE, CheckKind
from runtime.ir.nodes import Binary, Instruction, Value

_TOP = (1 << 64) - 1


@dataclass(frozen=True, slots=True)
class Need:
    """Something to check.

    Args:
        instruction: that must not run otherwise.
        goal: must be at most 0; None: the obligation is not linear, or its sums may not fit into 64 bits.
        values: that must be known.
        text: what must hold, for people.
    """

    instruction: Instruction
    obligation: Obligation
    goal: Linear | None
    values: tuple[Value, ...]
    kind: CheckKind
    text: str


def make_need(
    knowledge: Knowledge, finding: Finding, demands: Mapping[Value, str], budgeted: frozenset[int]
) -> Need:
    """Return what must be checked before `finding.instruction`.

    Args:
        knowledge: of the function.
        finding: not proved.
        demands: what differences mean that were made only so that they must be exact.
        budgeted: the identities of loops that were shortened to what the budget allows.
    """
    instruction, obligation = finding.instruction, finding.obligation
    goal = find_goal(knowledge, obligation)
    if goal is not None and not _fits(knowledge, goal):
        goal = None
    if goal is not None:
        values = tuple(Value(symbol) for symbol, _ in goal.terms if symbol >= 0)
    else:
        values = _list_operands(obligation)
    kind: CheckKind = "budget" if id(instruction) in budgeted else "check"
    return Need(instruction, obligation, goal, values, kind, _describe(finding, demands, goal))


def can_hold(knowledge: Knowledge, need: Need) -> bool:
    """Say whether the ranges of its numbers leave it possible that the check succeeds."""
    if need.goal is None:
        return True
    low = need.goal.constant
    for symbol, factor in need.goal.terms:
        least, most = _range(knowledge, symbol)
        low += factor * (least if factor > 0 else most)
    return low <= 0


def _fits(knowledge: Knowledge, goal: Linear) -> bool:
    """Say whether both sides of the comparison, positive and negative terms, are below 2**64."""
    sides = [max(goal.constant, 0), max(-goal.constant, 0)]
    for symbol, factor in goal.terms:
        sides[factor < 0] += abs(factor) * _range(knowledge, symbol)[1]
    return max(sides) <= _TOP


def _range(knowledge: Knowledge, symbol: Symbol) -> tuple[int, int]:
    if symbol < 0:
        return 0, knowledge.function.regions[-1 - symbol].maximum
    known = knowledge.ranges[Value(symbol)]
    return known.low, known.high


def _list_operands(obligation: Obligation) -> tuple[Value, ...]:
    match obligation:
        case InBounds(offset=value) | ExactConvert(value=value) | NonZero(divisor=value):
            return (value,)
        case ShiftBelow(amount=value) | CountAtMost(count=value):
            return (value,)
        case NoWrap(left=left, right=right):
            return (left, right)


def _describe(finding: Finding, demands: Mapping[Value, str], goal: Linear | None) -> str:
    instruction, text = finding.instruction, f"`{excerpt(finding.instruction.span)}`"
    match finding.obligation:
        case InBounds(region=region):
            where = "message" if region == MESSAGE else "region"
            if goal is not None and len(goal.terms) == 1 and goal.terms[0][0] < 0:
                return say_length(goal.constant)
            return f"{text} is inside the {where}"
        case NoWrap(operator="sub"):
            if isinstance(instruction, Binary) and instruction.target in demands:
                return demands[instruction.target]
            return f"{text} is not negative"
        case NoWrap():
            return f"{text} fits into 64 bits"
        case ExactConvert(type=type_):
            return f"{text} fits into {type_.bits} bits"
        case NonZero():
            return f"the divisor of {text} is not 0"
        case ShiftBelow():
            return f"{text} shifts by less than 64"
        case CountAtMost(maximum=maximum):
            return f"the loop over {text} runs at most {maximum} times"


def say_length(count: int) -> str:
    """Return the text of the check that a message has `count` bytes."""
    return f"the message has {count} byte{'' if count == 1 else 's'}"
