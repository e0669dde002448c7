"""Statements: from syntax to structured IR.

In: the statements of a body and the frame. Out: instructions, and whether execution goes on behind the body:
a handler ends where `consume`, `deliver`, `abort` or a failed `require` stands, also inside an `if` or a
loop.

    require c          %2 = xor %c, 1; if %2 { return ABORTED | number }
    if c { x = 1 }     %4 = if %c { yield 1 } else { yield %x }
"""

from __future__ import annotations

from collections.abc import Sequence

from ashc.language import syntax
from ashc.lowering.assigned import find_carried
from ashc.lowering.effect import lower_send, lower_wake
from ashc.lowering.expression import find_register, lower_place, require_place
from ashc.lowering.frame import Frame, Instance, excerpt
from ashc.lowering.transfer import (
    assign_whole,
    lower_consume,
    lower_copy,
    lower_scan,
    lower_swap,
)
from grammar.fields.constant import evaluate_constant
from grammar.fields.fieldtype import Number
from grammar.fields.refuse import refusal, suggest
from grammar.lowering.arithmetic import combine, negate
from grammar.lowering.expression import lower_condition, lower_number
from grammar.lowering.meaning import Pointer, Variable
from grammar.lowering.memory import store_place
from grammar.lowering.operand import Known, Made, Operand
from grammar.lowering.place import PackedEntry
from grammar.lowering.plain import is_condition
from grammar.lowering.rounds import MAX_ROUNDS, count_rounds
from runtime import limits
from runtime.handler.nodes import ABORTED, CONSUMED, DELIVERED, make_verdict
from runtime.ir.nodes import Type

_TYPES = {8: Type.U8, 16: Type.U16, 32: Type.U32}


def lower_body(frame: Frame, statements: Sequence[syntax.Statement]) -> bool:
    """Lower `statements`, what they declare forgotten at the end; return whether execution goes on there.

    Raises:
        Refused: ASH010 to ASH057.
    """
    with frame.block():
        return lower_statements(frame, statements)


def lower_statements(frame: Frame, statements: Sequence[syntax.Statement]) -> bool:
    """Lower `statements` as `lower_body` does; what they declare can still be seen afterwards."""
    for number, statement in enumerate(statements):
        with frame.step(statement.span):
            going = _lower_statement(frame, statement)
        if not going:
            if number + 1 < len(statements):
                note = "the handler has ended before: remove it, or put the end into an `if`"
                raise refusal("ASH056", "this is never reached", statements[number + 1].span, note)
            return False
    return True


def _lower_statement(frame: Frame, statement: syntax.Statement) -> bool:
    match statement:
        case syntax.Let():
            _lower_let(frame, statement)
        case syntax.View():
            _lower_view(frame, statement)
        case syntax.Use():
            _lower_use(frame, statement)
        case syntax.Assign():
            _lower_assign(frame, statement)
        case syntax.If():
            return _lower_if(frame, statement)
        case syntax.For():
            _lower_for(frame, statement)
        case syntax.Require(condition=condition):
            _lower_require(frame, condition)
        case syntax.Ending():
            _lower_ending(frame, statement)
            return False
        case syntax.Command():
            _lower_command(frame, statement)
    return True


def _lower_command(frame: Frame, command: syntax.Command) -> None:
    match command.name:
        case "consume":
            lower_consume(frame, command)
        case "copy":
            lower_copy(frame, command)
        case "scan" | "apply":
            lower_scan(frame, command)
        case "swap":
            lower_swap(frame, command)
        case "send":
            lower_send(frame, command)
        case "wake":
            lower_wake(frame, command)


def _lower_let(frame: Frame, let: syntax.Let) -> None:
    if is_condition(frame, let.value):
        if let.changes:
            note = "keep a number: `var x = select(condition, 1, 0)`"
            raise refusal("ASH014", f"`{let.name}` is a condition: it cannot change", let.span, note)
        meaning = Variable(lower_condition(frame, let.value), condition=True)
    else:
        meaning = Variable(lower_number(frame, let.value), let.changes)
    frame.declare(let.name, meaning, let.span)


def _lower_view(frame: Frame, view: syntax.View) -> None:
    struct = frame.structs.find(view.struct)
    if struct is None:
        note = suggest(view.struct, frame.scope.structs)
        raise refusal("ASH020", f"there is no struct `{view.struct}`", view.span, note)
    place = require_place(frame, view.place)
    if place.bit is not None or isinstance(place.type, PackedEntry):
        raise refusal("ASH015", f"`{place.path}` is a part of a number", view.place.span, "name the number")
    frame.declare(view.name, Pointer(place.region, struct, place.offset), view.span)


def _lower_use(frame: Frame, use: syntax.Use) -> None:
    pipe = frame.pipes.get(use.pipe)
    if pipe is None:
        note = suggest(use.pipe, frame.pipes)
        raise refusal("ASH010", f"there is no pipe `{use.pipe}`", use.span, note)
    frame.declare(use.name, Instance(use.name, pipe), use.span)
    for register in pipe.registers:
        frame.names[f"{use.name}.{register.name}"] = Variable(Known(register.seed), changes=True)


def _lower_assign(frame: Frame, assign: syntax.Assign) -> None:
    name, span = assign.target.name, assign.target.span
    meaning = frame.names.get(name)
    match meaning:
        case Variable(changes=changes):
            if assign.target.steps or not changes:
                note = "write `var` instead of `let` where it is declared; indices are fixed"
                raise refusal("ASH050", f"`{name}` cannot be assigned", span, note)
            frame.names[name] = Variable(lower_number(frame, assign.value), changes=True)
        case Instance():
            _assign_register(frame, assign, meaning)
        case _:
            _assign_place(frame, assign)


def _assign_register(frame: Frame, assign: syntax.Assign, instance: Instance) -> None:
    find_register(frame, instance, assign.target)
    step = assign.target.steps[0]
    assert isinstance(step, syntax.Member), "asked by `find_register`"
    bits = next(each.bits for each in instance.pipe.registers if each.name == step.name)
    operand = lower_number(frame, assign.value)
    if operand.high >> bits:
        text = f"`{excerpt(assign.value.span)}` fits into {bits} bits"
        frame.demand(Known((1 << bits) - 1), operand, text, assign.value.span)
        if isinstance(operand, Made):
            operand = Made(operand.value, (1 << bits) - 1)
    frame.names[f"{instance.name}.{step.name}"] = Variable(operand, changes=True)


def _assign_place(frame: Frame, assign: syntax.Assign) -> None:
    place = lower_place(frame, assign.target)
    if place is None:
        known = [each for each in frame.names if each.isidentifier()]
        note = suggest(assign.target.name, known)
        raise refusal(
            "ASH050", f"`{assign.target.name}` is no variable and no field", assign.target.span, note
        )
    if isinstance(place.type, Number | PackedEntry):
        store_place(frame, place, lower_number(frame, assign.value), assign.span)
        return
    if not isinstance(assign.value, syntax.Path):
        note = "name another field of the same size, or assign one number after the other"
        raise refusal("ASH015", f"`{place.path}` is no number", assign.target.span, note)
    assign_whole(frame, assign.target, assign.value, assign.span)


def _lower_require(frame: Frame, condition: syntax.Expression) -> None:
    """Abort unless the condition holds; `a and b` is two conditions, so that one check serves both."""
    match condition:
        case syntax.Logical(operator="and", left=left, right=right):
            _lower_require(frame, left)
            with frame.step(right.span):
                _lower_require(frame, right)
        case _:
            holds = lower_condition(frame, condition)
            if holds == Known(0):
                note = "the handler would abort whatever the message"
                raise refusal("ASH057", "this never holds", condition.span, note)
            if holds == Known(1):
                return
            with frame.builder.at(condition.span), frame.builder.when(frame.value(negate(frame, holds))):
                text = f"`{excerpt(condition.span)}`"
                _abort(frame, frame.give_up("require", text, condition.span))


def _lower_ending(frame: Frame, ending: syntax.Ending) -> None:
    match ending.name:
        case "consume":
            _end(frame, CONSUMED)
        case "deliver":
            _end(frame, DELIVERED)
        case "abort":
            _abort(frame, frame.give_up("abort", "`abort`", ending.span))


def _abort(frame: Frame, check: int) -> None:
    _end(frame, ABORTED, check)


def _end(frame: Frame, outcome: int, check: int = 0) -> None:
    frame.builder.return_(frame.builder.constant(Type.U32, make_verdict(outcome, check)))


def end_handler(frame: Frame) -> None:
    """End the function where its last part ends: the message is consumed."""
    _end(frame, CONSUMED)


def give_up_recovery(frame: Frame) -> None:
    """End the recovery where no abort part has ended it: the handler has aborted."""
    _end(frame, ABORTED, frame.give_up("abort", "an abort part ends it", frame.builder.span))


def _lower_if(frame: Frame, statement: syntax.If) -> bool:
    """Lower an `if`; its targets are the variables that an arm assigns. Arms that end have no say in them."""
    builder = frame.builder
    condition = lower_condition(frame, statement.condition)
    carried = find_carried(frame.names, (statement,))
    before = {name: frame.names[name] for name in carried}
    builder.if_(frame.value(condition, Type.U1))
    highs, living = [0] * len(carried), 0
    for number, arm in enumerate((statement.then, statement.otherwise)):
        frame.names.update(before)
        if lower_body(frame, arm):
            living += 1
            operands = [_variable(frame, name).operand for name in carried]
            highs = [max(high, each.high) for high, each in zip(highs, operands, strict=True)]
            builder.yield_(*(frame.value(each) for each in operands))
        if number == 0:
            builder.else_()
    targets = builder.end()
    for name, target, high in zip(carried, targets, highs, strict=False):
        frame.names[name] = Variable(Made(target, high), changes=True)
    return living > 0


def _lower_for(frame: Frame, loop: syntax.For) -> None:
    """Lower `for i in a..b { }`.

        %count = b - a, or 0 where a > b
        for %n < %count max 12 { %i = add a, %n; ... }

    Raises:
        Refused: ASH058 if it may run more often than any loop.
    """
    low, high = lower_number(frame, loop.low), lower_number(frame, loop.high)
    count = count_rounds(frame, low, high, loop.span)
    maximum = _find_maximum(frame, loop, count)
    with frame.block():
        names = find_carried(frame.names, loop.body)
        initial = [frame.value(_variable(frame, name).operand) for name in names]
        opened = frame.builder.for_(frame.value(count), maximum, initial)
        for name, carried in zip(names, opened.carried, strict=True):
            frame.names[name] = Variable(Made(carried, _register_top(frame, name)), changes=True)
        index = Made(opened.index, max(min(maximum, count.high) - 1, 0))
        frame.declare(loop.name, Variable(combine(frame, "+", low, index, loop.span)), loop.span)
        if lower_body(frame, loop.body):
            following = [frame.value(_variable(frame, name).operand) for name in names]
            frame.builder.next_(*following, condition=None)
        for name, target in zip(names, frame.builder.end(), strict=True):
            frame.names[name] = Variable(Made(target, _register_top(frame, name)), changes=True)


def _register_top(frame: Frame, name: str) -> int:
    """Return what a variable never exceeds: of a register, what fits into it."""
    instance, _, register = name.partition(".")
    found = frame.names.get(instance)
    if isinstance(found, Instance):
        return next((1 << each.bits) - 1 for each in found.pipe.registers if each.name == register)
    return (1 << 64) - 1


def _find_maximum(frame: Frame, loop: syntax.For, count: Operand) -> int:
    """Return how often the loop may run: what is written, or what is known of its ends."""
    most = limits.MAX_LOOP_COUNT
    if loop.maximum is None:
        if count.high <= MAX_ROUNDS:
            return count.high
        message = f"nothing is known of how often this loop runs, but that it is below {count.high + 1}"
        raise refusal("ASH058", message, loop.span, "say how often: `for i in a..b max 64 { ... }`")
    maximum = evaluate_constant(frame.scope, loop.maximum)
    if maximum > most:
        message = f"a loop cannot run {maximum} times, the limit is {most}"
        raise refusal("ASH058", message, loop.maximum.span, "no budget is enough for that")
    return maximum


def _variable(frame: Frame, name: str) -> Variable:
    """Return what `name`, which was carried here, is now."""
    found = frame.names[name]
    assert isinstance(found, Variable), f"`{name}` is no variable"
    return found
