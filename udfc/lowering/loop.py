"""Loops: `for` counts, `walk` follows entries of variable length; both become an IR `for` with a maximum.

In: the loop and what lowers its body. Out: an IR `for` that carries the variables that the body assigns, and
ends early where `stop if` says so.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from grammar.fields.constant import evaluate_constant
from grammar.fields.refuse import refusal
from grammar.lowering.arithmetic import combine, compare_operands
from grammar.lowering.expression import lower_number
from grammar.lowering.meaning import Variable
from grammar.lowering.operand import Known, Made, Operand
from grammar.lowering.rounds import MAX_ROUNDS, count_rounds
from runtime import limits
from runtime.ir.builder import Loop
from runtime.ir.nodes import Type, Value
from udfc.language import syntax
from udfc.lowering.assigned import find_assigned
from udfc.lowering.branch import NOTHING, STOPS, Tail, branch, carry, variable
from udfc.lowering.frame import Frame
from udfc.names.scope import LENGTH

Body: TypeAlias = Callable[[Tail], Operand]
"""Lowers a body and what is to be done at its end, and says whether execution goes on behind it."""


def lower_for(frame: Frame, loop: syntax.For, body: Body) -> None:
    """Lower `for i in a..b { }`.

        %count = b - a, or 0 where a > b
        for %n < %count max 12 { %i = add a, %n; ... }

    Raises:
        Refused: UDF057 if it may run more often than any loop.
    """
    low, high = lower_number(frame, loop.low), lower_number(frame, loop.high)
    count = count_rounds(frame, low, high, loop.span)
    maximum = _find_maximum(frame, loop, count)
    with frame.block():
        names = carry(frame, find_assigned(loop.body))
        opened = _open(frame, names, frame.value(count), maximum)
        index = Made(opened.index, max(min(maximum, count.high) - 1, 0))
        frame.declare(loop.name, Variable(combine(frame, "+", low, index, loop.span)), loop.span)
        _close(frame, names, body(NOTHING))


def _find_maximum(frame: Frame, loop: syntax.For, count: Operand) -> int:
    """Return how often the loop may run: what is written, or what is known of its ends."""
    if loop.maximum is None:
        if isinstance(count, Known) and count.number > limits.MAX_LOOP_COUNT:
            message = f"this loop runs {count.number} times, the limit is {limits.MAX_LOOP_COUNT}"
            raise refusal("UDF057", message, loop.span, "make a partition for each element")
        return count.number if isinstance(count, Known) else min(count.high, MAX_ROUNDS)
    maximum = evaluate_constant(frame.header.scope, loop.maximum)
    if maximum > limits.MAX_LOOP_COUNT:
        message = f"a loop cannot run {maximum} times, the limit is {limits.MAX_LOOP_COUNT}"
        raise refusal("UDF057", message, loop.maximum.span, "make a partition for each element")
    return maximum


def lower_walk(frame: Frame, walk: syntax.Walk, body: Body) -> None:
    """Lower `walk at in a..b step s { ...; advance e }`.

        for %n < (b - a) / s with %at = a {
          %more = ult %at, b
          %next, %on = if %more { ...; %e = advance; %slack = sub %e, s; yield add %at, %e } else { yield
          %at, 0 } next if %on (%next)
        }

    `%slack` is used by nobody: that it is exact is what must be proved, and then the rounds are enough.

    Raises:
        Refused: UDF057 if its ends or its step are not known.
    """
    low, high, step = _find_ends(frame, walk)
    top = high.number if isinstance(high, Known) else frame.header.maximum
    maximum = max(0, -(-(top - low) // step))
    if maximum > limits.MAX_LOOP_COUNT:
        message = f"this walk may take {maximum} rounds, the limit is {limits.MAX_LOOP_COUNT}"
        raise refusal("UDF057", message, walk.span, "take larger steps")
    cursor = f"behind {walk.name}"  # no identifier: nobody else can mean it
    with frame.block():
        names = [cursor, *carry(frame, find_assigned(walk.body))]
        frame.names[cursor] = Variable(Known(low), changes=True)
        opened = _open(frame, names, frame.number(maximum), maximum)
        here = Made(opened.carried[0])
        more = compare_operands(frame, "<", here, high)
        inside = Made(here.value, max(top - 1, 0))
        frame.declare(walk.name, Variable(inside), walk.span)
        tail = Tail(lambda: _advance(frame, walk, cursor, inside, step), frozenset({cursor}))
        assigned = find_assigned(walk.body) | {cursor}
        going = branch(frame, more, lambda: body(tail), lambda: STOPS, assigned, stops=True)
        _close(frame, names, going)


def _advance(frame: Frame, walk: syntax.Walk, cursor: str, here: Operand, step: int) -> None:
    """Move the cursor; that it moves by at least `step` is for the kernel to prove."""
    span = walk.advance.span
    distance = lower_number(frame, walk.advance)
    with frame.builder.at(span):
        if isinstance(distance, Known) and distance.number < step:
            message = f"the walk advances by {distance.number}, less than its step {step}"
            raise refusal(
                "UDF057", message, span, "the rounds are counted by the step: it must be the smallest advance"
            )
        if not isinstance(distance, Known):
            frame.builder.binary("sub", distance.value, frame.number(step))
        frame.names[cursor] = Variable(combine(frame, "+", here, distance, span), changes=True)


def _find_ends(frame: Frame, walk: syntax.Walk) -> tuple[int, Operand, int]:
    scope = frame.header.scope
    low, step = evaluate_constant(scope, walk.low), evaluate_constant(scope, walk.step)
    if not step:
        message = "a walk that advances by 0 never ends"
        raise refusal("UDF057", message, walk.step.span, "the step is the size of the smallest entry")
    match walk.high:
        case syntax.Path(name=name, steps=()) if name == LENGTH:
            return low, frame.length, step
        case _:
            return low, Known(evaluate_constant(scope, walk.high)), step


def _open(frame: Frame, names: list[str], count: Value, maximum: int) -> Loop:
    """Open the loop and let `names` be what it carries."""
    initial = [frame.value(variable(frame, name).operand) for name in names]
    opened = frame.builder.for_(count, maximum, initial)
    for name, carried in zip(names, opened.carried, strict=True):
        frame.names[name] = Variable(Made(carried), changes=True)
    return opened


def _close(frame: Frame, names: list[str], going: Operand) -> None:
    """End the body and the loop, and let `names` be what comes out of it."""
    following = [frame.value(variable(frame, name).operand) for name in names]
    frame.builder.next_(*following, condition=None if going == Known(1) else frame.value(going, Type.U1))
    for name, target in zip(names, frame.builder.end(), strict=True):
        frame.names[name] = Variable(Made(target), changes=True)
