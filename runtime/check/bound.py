"""Termination: the most instructions that one call may execute, and the most tuples that it may emit.

In: a function. Out: two exact numbers, without running anything: a body costs the sum of its instructions, an
`if` its dearer arm, a loop its declared maximum times its body. Every loop has a maximum, so every function
terminates; the policy says whether soon enough.
"""

from __future__ import annotations

from dataclasses import dataclass

from runtime.diagnostic import Diagnostic
from runtime.ir.nodes import Body, Emit, For, Function, If, Instruction, Return
from runtime.policy import Policy
from runtime.source import Span


@dataclass(frozen=True, slots=True)
class Cost:
    """The worst case of one call.

    Args:
        instructions: executed, as the interpreter counts: one for each instruction, also `if`, `for`,
            `yield`, `next` and `return`.
        emits: tuples emitted.
    """

    instructions: int
    emits: int


_NOTHING = Cost(0, 0)


def find_cost(function: Function) -> Cost:
    """Return the worst case of `function`; the numbers may be far larger than any limit."""
    return find_body_cost(function.body)


def find_excess(function: Function, policy: Policy, cost: Cost) -> tuple[Diagnostic, ...]:
    """Return a diagnostic for each limit that the worst case `cost` of `function` exceeds."""
    found: list[Diagnostic] = []
    if cost.instructions > policy.budget:
        message = (
            f"`{function.name}` may execute {_show(cost.instructions)} instructions, "
            f"a {policy.name} has {policy.budget}"
        )
        notes = ("lower the `max` of its loops, which multiply when nested",)
        found.append(Diagnostic("CHK020", message, _find_dearest(function), notes))
    if cost.emits > function.emit_limit:
        message = (
            f"`{function.name}` may emit {_show(cost.emits)} tuples, "
            f"its declared maximum is {function.emit_limit}"
        )
        notes = ("raise the declared maximum, or emit less often: every path and iteration is counted",)
        found.append(Diagnostic("CHK017", message, function.span, notes))
    return tuple(found)


def _show(number: int) -> str:
    """Return the number; a huge one as a power, since it may have thousands of digits."""
    return str(number) if number < 1 << 64 else f"more than 2**{number.bit_length() - 1}"


def _find_dearest(function: Function) -> Span:
    """Return the span of the loop that costs most, or of the function when it has none."""
    span, most = function.span, 0
    for instruction in function.body:
        if isinstance(instruction, For):
            cost = instruction.maximum * find_body_cost(instruction.body).instructions
            if cost > most:
                span, most = instruction.span, cost
    return span


def find_body_cost(body: Body) -> Cost:
    """Return the worst case of one run of `body`.

    It is added up from the end, so that what follows an arm that returns is not charged to that arm.
    """
    rest = _NOTHING
    for instruction in reversed(body):
        rest = _instruction_cost(instruction, rest)
    return rest


def _instruction_cost(instruction: Instruction, rest: Cost) -> Cost:
    """Return the cost of `instruction` and of the `rest` that follows it."""
    match instruction:
        case If(then=then, otherwise=otherwise):
            return _add(Cost(1, 0), _larger(_arm_cost(then, rest), _arm_cost(otherwise, rest)))
        case For(maximum=maximum, body=body):
            once = find_body_cost(body)
            return _add(Cost(1 + maximum * once.instructions, maximum * once.emits), rest)
        case Emit():
            return _add(Cost(1, 1), rest)
        case _:
            return _add(Cost(1, 0), rest)


def _arm_cost(arm: Body, rest: Cost) -> Cost:
    return find_body_cost(arm) if always_returns(arm) else _add(find_body_cost(arm), rest)


def always_returns(body: Body) -> bool:
    """Say whether control never reaches what follows `body`."""
    match body[-1]:
        case Return():
            return True
        case If(then=then, otherwise=otherwise):
            return always_returns(then) and always_returns(otherwise)
        case _:
            return False


def _add(first: Cost, second: Cost) -> Cost:
    return Cost(first.instructions + second.instructions, first.emits + second.emits)


def _larger(first: Cost, second: Cost) -> Cost:
    return Cost(max(first.instructions, second.instructions), max(first.emits, second.emits))
