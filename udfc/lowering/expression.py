"""Expressions: from syntax to operands.

In: an expression and the frame of its function. Out: a number or a condition. `and` and `or` evaluate their
right side in an `if` unless it cannot fail, and then both sides at once.
"""

from __future__ import annotations

from dataclasses import replace
from typing import NoReturn

from grammar.fields.constant import check_callable, find_constant
from grammar.fields.layout import is_open
from grammar.fields.refuse import refusal, suggest
from grammar.lowering.arithmetic import both, choose, combine, compare_operands, either, is_inside, negate
from grammar.lowering.memory import load_place
from grammar.lowering.operand import Known, Made, Operand
from grammar.lowering.place import IndexStep, LoweredStep, NamedStep, Place, take_steps
from runtime.diagnostic import Refused
from runtime.ir.nodes import Type
from runtime.source import Span
from runtime.template.nodes import AFTER, META
from udfc.language import syntax
from udfc.lowering.abbreviation import expand
from udfc.lowering.frame import Argument, Frame, Pointer, Variable
from udfc.lowering.plain import cannot_fail
from udfc.names.scope import AFTER as AFTER_NAME
from udfc.names.scope import LENGTH, OPERATIONS

_OPPOSITE: dict[syntax.CompareOperator, syntax.CompareOperator] = {
    "==": "!=",
    "!=": "==",
    "<": ">=",
    "<=": ">",
    ">": "<=",
    ">=": "<",
}


def lower_number(frame: Frame, expression: syntax.Expression) -> Operand:
    """Return the number that `expression` is.

    Raises:
        Refused: UDF010 to UDF029 for names and types, UDF051 and UDF059 for what the function may not do.
    """
    with frame.step(expression.span):
        match expression:
            case syntax.Number(value=value):
                return Known(value)
            case syntax.Path():
                return _lower_path(frame, expression)
            case syntax.Binary(operator=operator, left=left, right=right, wrapping=wrapping, span=span):
                first, second = lower_number(frame, left), lower_number(frame, right)
                return combine(frame, operator, first, second, span, wrapping)
            case syntax.Call(name=name):
                if name not in frame.header.scope.definitions:
                    return _call(frame, expression)
                with expand(frame, expression) as meant:
                    return lower_number(frame, meant)
            case syntax.Compare() | syntax.Membership() | syntax.Logical() | syntax.Not():
                note = "write `select(condition, 1, 0)` to make a number of it"
                raise refusal("UDF014", "a condition stands where a number is meant", expression.span, note)


def lower_condition(frame: Frame, expression: syntax.Expression) -> Operand:
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
            case syntax.Call(name=name) if name in frame.header.scope.definitions:
                with expand(frame, expression) as meant:
                    return lower_condition(frame, meant)
            case syntax.Path(steps=()):
                return _lower_named_condition(frame, expression)
            case syntax.Number() | syntax.Path() | syntax.Binary() | syntax.Call():
                raise _refuse_number(expression)


def _lower_named_condition(frame: Frame, path: syntax.Path) -> Operand:
    """Return the condition that a name stands for."""
    match frame.names.get(path.name):
        case Argument(expression=expression, names=names, expanding=expanding):
            with frame.seeing(names, expanding):
                return lower_condition(frame, expression)
        case Variable(operand=operand, condition=True):
            return operand
        case _:
            raise _refuse_number(path)


def _refuse_number(expression: syntax.Expression) -> Refused:
    note = "compare it with something: `x != 0`"
    return refusal("UDF014", "a number stands where a condition is meant", expression.span, note)


def lower_place(frame: Frame, path: syntax.Path) -> Place | None:
    """Return the place that `path` names; None if it does not start with a field or a view.

    Raises:
        Refused: as `lower_number`.
    """
    return _follow(frame, path.name, tuple(_lower_step(frame, step) for step in path.steps), path.span)


def _lower_step(frame: Frame, step: syntax.Step) -> LoweredStep:
    match step:
        case syntax.Member(name=name, span=span):
            return NamedStep(name, span)
        case syntax.Index(index=index):
            return IndexStep(lower_number(frame, index), index.span)


def _lower_path(frame: Frame, path: syntax.Path) -> Operand:
    """Return the number that a path names."""
    meaning = frame.names.get(path.name, frame.parameters.get(path.name))
    match meaning:
        case Variable(operand=operand, condition=condition):
            _check_no_steps(path)
            if condition:
                note = f"write `select({path.name}, 1, 0)` to make a number of it"
                raise refusal(
                    "UDF014", f"`{path.name}` is a condition, and a number is meant", path.span, note
                )
            return operand
        case Argument(expression=expression, names=names, expanding=expanding) if not path.steps:
            with frame.seeing(names, expanding):
                return lower_number(frame, expression)
        case _:
            pass
    known = _find_known(frame, path) if meaning is None else None
    if known is not None:
        _check_no_steps(path)
        return known
    place = lower_place(frame, path)
    if place is None:
        _refuse_unknown(frame, path)
    return load_place(frame, place, path.span)


def _find_known(frame: Frame, path: syntax.Path) -> Operand | None:
    """Return what a name that is no field stands for."""
    name = path.name
    if name == LENGTH:
        return frame.length
    if "after" in frame.rights and name in OPERATIONS:
        if name in frame.header.fields:
            note = "in `acl`, it is an operation: rename the field"
            raise refusal("UDF012", f"`{name}` is a field and an operation", path.span, note)
        return Known(OPERATIONS[name])
    if name in frame.header.scope.constants:
        return Known(find_constant(frame.header.scope, replace(path, steps=())))
    return None


def _follow(frame: Frame, name: str, steps: tuple[LoweredStep, ...], span: Span) -> Place | None:
    """Return the place that `name` and `steps` lead to."""
    match frame.names.get(name):
        case Pointer(struct=struct, offset=offset):
            return take_steps(frame, Place(META, offset, struct, {}, name), steps)
        case Argument(expression=syntax.Path() as inner, names=names, expanding=expanding):
            with frame.seeing(names, expanding):
                before = tuple(_lower_step(frame, step) for step in inner.steps)
                return _follow(frame, inner.name, (*before, *steps), span)
        case Argument() | Variable():
            raise refusal(
                "UDF015", f"`{name}` is a number: it has no fields and no elements", span, "leave them out"
            )
        case None:
            pass
    region, path = META, name
    if name == AFTER_NAME and "after" in frame.rights and steps and isinstance(steps[0], NamedStep):
        name, region, path = steps[0].name, AFTER, f"{AFTER_NAME}.{steps[0].name}"
        steps = steps[1:]
    field = frame.header.fields.get(name)
    if field is None:
        return None
    within = None if is_open(field.type) else (field.offset, field.end)
    place = Place(region, Known(field.offset), field.type, field.bits, path, within)
    return take_steps(frame, place, steps)


def _check_no_steps(path: syntax.Path) -> None:
    if path.steps:
        message = f"`{path.name}` is a number: it has no fields and no elements"
        raise refusal("UDF015", message, path.span, "leave them out")


def _refuse_unknown(frame: Frame, path: syntax.Path) -> NoReturn:
    scope = frame.header.scope
    if path.name == AFTER_NAME:
        note = "`after.field` is a field as `acl`'s proposed modification would leave it"
        raise refusal("UDF051", "`after` has no meaning here", path.span, note)
    known = (*frame.names, *frame.parameters, *frame.header.fields, *scope.constants, LENGTH)
    notes = [suggest(path.name, known)]
    if path.name in scope.definitions:
        notes = [f"`{path.name}` is an abbreviation: write its arguments in parentheses"]
    raise refusal("UDF010", f"there is no `{path.name}` here", path.span, *notes)


def _call(frame: Frame, call: syntax.Call) -> Operand:
    check_callable(frame.header.scope, call)
    if call.name == "clock":
        if "clock" not in frame.rights:
            note = (
                "what it emits must follow from the bytes alone: only `acl` and `size` may ask for the time"
            )
            raise refusal("UDF051", f"{frame.what} cannot ask for the time", call.span, note)
        return Made(frame.builder.clock())
    if call.name == "select":
        condition = lower_condition(frame, call.arguments[0])
        yes, no = (lower_number(frame, each) for each in call.arguments[1:])
        return choose(frame, condition, yes, no)
    first, second = (lower_number(frame, each) for each in call.arguments)
    smaller = compare_operands(frame, "<=", first, second)
    return choose(frame, smaller, *((first, second) if call.name == "min" else (second, first)))


def _lower_membership(frame: Frame, membership: syntax.Membership) -> Operand:
    value = lower_number(frame, membership.value)
    ranges: list[tuple[Operand, Operand]] = []
    for low, high in membership.items.ranges:
        first = lower_number(frame, low)
        last = first if low is high or low == high else lower_number(frame, high)
        if isinstance(first, Known) and isinstance(last, Known) and first.number > last.number:
            message = f"{first.number}..{last.number} holds no number"
            raise refusal("UDF027", message, low.span, "write the smaller one first; both ends are included")
        ranges.append((first, last))
    return is_inside(frame, value, ranges)


def _lower_logical(frame: Frame, logical: syntax.Logical) -> Operand:
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
