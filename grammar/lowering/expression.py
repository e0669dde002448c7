"""Expressions: from syntax to operands.

In: an expression and the frame of its function. Out: a number or a condition. `and` and `or` evaluate their
right side in an `if` unless it cannot fail, and then both sides at once. What paths name, and the functions
of a language, its frame knows.
"""

from __future__ import annotations

from dataclasses import replace

from grammar.fields import syntax
from grammar.fields.constant import check_callable
from grammar.lowering.abbreviation import expand
from grammar.lowering.arithmetic import both, choose, combine, compare_operands, either, is_inside, negate
from grammar.lowering.making import Making
from grammar.lowering.meaning import Argument, Variable
from grammar.lowering.operand import Known, Made, Operand
from grammar.lowering.place import IndexStep, LoweredStep, NamedStep
from grammar.lowering.plain import cannot_fail
from runtime.diagnostic import Refused
from runtime.ir.nodes import Type

_OPPOSITE: dict[syntax.CompareOperator, syntax.CompareOperator] = {
    "==": "!=",
    "!=": "==",
    "<": ">=",
    "<=": ">",
    ">": "<=",
    ">=": "<",
}


def lower_number(frame: Making, expression: syntax.Expression) -> Operand:
    """Return the number that `expression` is.

    Raises:
        Refused: 010 to 029 for names and types, and as the frame refuses.
    """
    with frame.step(expression.span):
        match expression:
            case syntax.Number(value=value):
                return Known(value)
            case syntax.Path():
                return frame.lower_path(expression)
            case syntax.Binary(operator=operator, left=left, right=right, wrapping=wrapping, span=span):
                first, second = lower_number(frame, left), lower_number(frame, right)
                return combine(frame, operator, first, second, span, wrapping)
            case syntax.Call(name=name):
                if name not in frame.scope.definitions:
                    return _call(frame, expression)
                with expand(frame, expression) as meant:
                    return lower_number(frame, meant)
            case syntax.Compare() | syntax.Membership() | syntax.Logical() | syntax.Not():
                note = "write `select(condition, 1, 0)` to make a number of it"
                raise frame.language.refuse(
                    14, "a condition stands where a number is meant", expression.span, note
                )


def lower_condition(frame: Making, expression: syntax.Expression) -> Operand:
    """Return the condition that `expression` is: 0 or 1 if known, else a u1.

    Raises:
        Refused: as `lower_number`.
    """
    with frame.step(expression.span):
        match expression:
            case syntax.Compare(operator=operator, left=left, right=right):
                first, second = lower_number(frame, left), lower_number(frame, right)
                return compare_operands(frame, operator, first, second)
            case syntax.Membership(negated=negated):
                inside = _lower_membership(frame, expression)
                return negate(frame, inside) if negated else inside
            case syntax.Not(operand=syntax.Compare(operator=operator) as comparison):
                return lower_condition(frame, replace(comparison, operator=_OPPOSITE[operator]))
            case syntax.Not(operand=operand):
                return negate(frame, lower_condition(frame, operand))
            case syntax.Logical():
                return _lower_logical(frame, expression)
            case syntax.Call(name=name) if name in frame.scope.definitions:
                with expand(frame, expression) as meant:
                    return lower_condition(frame, meant)
            case syntax.Path(steps=()):
                return _lower_named_condition(frame, expression)
            case syntax.Number() | syntax.Path() | syntax.Binary() | syntax.Call():
                raise _refuse_number(frame, expression)


def _lower_named_condition(frame: Making, path: syntax.Path) -> Operand:
    """Return the condition that a name stands for."""
    match frame.sight.get(path.name):
        case Argument(expression=expression, names=names, expanding=expanding):
            with frame.seeing(names, expanding):
                return lower_condition(frame, expression)
        case Variable(operand=operand, condition=True):
            return operand
        case _:
            raise _refuse_number(frame, path)


def _refuse_number(frame: Making, expression: syntax.Expression) -> Refused:
    note = "compare it with something: `x != 0`"
    return frame.language.refuse(14, "a number stands where a condition is meant", expression.span, note)


def _lower_membership(frame: Making, membership: syntax.Membership) -> Operand:
    value = lower_number(frame, membership.value)
    ranges: list[tuple[Operand, Operand]] = []
    for low, high in membership.items.ranges:
        first = lower_number(frame, low)
        last = first if low is high or low == high else lower_number(frame, high)
        if isinstance(first, Known) and isinstance(last, Known) and first.number > last.number:
            message = f"{first.number}..{last.number} holds no number"
            raise frame.language.refuse(
                27, message, low.span, "write the smaller one first; both ends are included"
            )
        ranges.append((first, last))
    return is_inside(frame, value, ranges)


def _lower_logical(frame: Making, logical: syntax.Logical) -> Operand:
    """Return `left and right` or `left or right`; the right side may fail where the left decides.

    %1 = ...left...
    %4 = if %1 { ...right...; yield %3 } else { %2 = const u1 0; yield %2 }
    """
    left, conjunction = lower_condition(frame, logical.left), logical.operator == "and"
    if isinstance(left, Known):
        return lower_condition(frame, logical.right) if left.number == conjunction else left
    if cannot_fail(frame, logical.right):
        right = lower_condition(frame, logical.right)
        return both(frame, left, right) if conjunction else either(frame, left, right)
    builder = frame.builder
    builder.if_(left.value)
    for first in (True, False):
        if first == conjunction:
            builder.yield_(frame.value(lower_condition(frame, logical.right), Type.U1))
        else:
            builder.yield_(builder.constant(Type.U1, int(not conjunction)))
        if first:
            builder.else_()
    return Made(builder.end()[0], 1)


def lower_step(frame: Making, step: syntax.Step) -> LoweredStep:
    """Return a step of a path, its index lowered."""
    match step:
        case syntax.Member(name=name, span=span):
            return NamedStep(name, span)
        case syntax.Index(index=index):
            return IndexStep(lower_number(frame, index), index.span)


def _call(frame: Making, call: syntax.Call) -> Operand:
    check_callable(frame.scope, call)
    match call.name:
        case "select":
            condition = lower_condition(frame, call.arguments[0])
            yes, no = (lower_number(frame, each) for each in call.arguments[1:])
            return choose(frame, condition, yes, no)
        case "min" | "max":
            first, second = (lower_number(frame, each) for each in call.arguments)
            smaller = compare_operands(frame, "<=", first, second)
            return choose(frame, smaller, *((first, second) if call.name == "min" else (second, first)))
        case _:
            return frame.lower_call(call)
