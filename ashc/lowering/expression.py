"""What paths name in handlers, and the functions that only they have.

In: a path or call, and the frame of its function. Out: an operand or a place. The rest of an expression is
lowered by `grammar.lowering.expression`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import NoReturn

from ashc.language import syntax
from ashc.lowering.frame import Frame, Instance, Resolver
from ashc.names.scope import LEFT, LENGTH, REGION
from ashc.names.scope import MESSAGE as MESSAGE_NAME
from grammar.fields.constant import find_constant
from grammar.fields.fieldtype import Array, Field, Number
from grammar.fields.refuse import refusal, suggest
from grammar.lowering.arithmetic import combine
from grammar.lowering.expression import lower_number, lower_step
from grammar.lowering.meaning import Argument, Pointer, Variable
from grammar.lowering.memory import load_place
from grammar.lowering.operand import Known, Operand
from grammar.lowering.place import LoweredStep, NamedStep, Place, take_steps
from runtime.diagnostic import Refused
from runtime.handler.nodes import MEMORY, MESSAGE
from runtime.source import Span

_BYTE = Number(8, "be")


def lower_place(frame: Frame, path: syntax.Path) -> Place | None:
    """Return the place that `path` names; None if it does not start with memory or a view.

    Raises:
        Refused: ASH010 to ASH028.
    """
    return _follow(frame, path.name, tuple(lower_step(frame, step) for step in path.steps), path.span)


def require_place(frame: Frame, path: syntax.Path) -> Place:
    """Return the place that `path` names.

    Raises:
        Refused: ASH015 if it names none.
    """
    found = lower_place(frame, path)
    if found is None:
        note = "name a field, `message[n]`, `region[n]`, or a field of a view"
        raise refusal("ASH015", f"`{path.name}` is no place in memory", path.span, note)
    return found


def _follow(frame: Frame, name: str, steps: tuple[LoweredStep, ...], span: Span) -> Place | None:
    """Return the place that `name` and `steps` lead to."""
    match frame.names.get(name):
        case Pointer(region=region, struct=struct, offset=offset):
            return take_steps(frame, Place(region, offset, struct, {}, name), steps)
        case Argument(expression=syntax.Path() as inner, names=names, expanding=expanding):
            with frame.seeing(names, expanding):
                before = tuple(lower_step(frame, step) for step in inner.steps)
                return _follow(frame, inner.name, (*before, *steps), span)
        case Argument() | Variable() | Instance():
            message = f"`{name}` is no place in memory: it has no fields and no elements"
            raise refusal("ASH015", message, span, "leave them out")
        case _:
            pass
    if name in (MESSAGE_NAME, REGION) and frame.pipe is not None:
        raise _refuse_in_pipe(name, span)
    if name == MESSAGE_NAME:
        return _enter(frame, Place(MESSAGE, frame.base, Array(_BYTE, None), {}, name), steps, span)
    if name == REGION:
        if not frame.memory.size:
            note = "declare it: `region 4096 bytes { ... }`"
            raise refusal("ASH010", "there is no region here", span, note)
        place = Place(MEMORY, Known(0), Array(_BYTE, frame.memory.size), {}, name)
        return _enter(frame, place, steps, span)
    return None


def _enter(frame: Frame, whole: Place, steps: tuple[LoweredStep, ...], span: Span) -> Place:
    """Return the place in the message or the region: a field, or any byte."""
    if not steps or not isinstance(steps[0], NamedStep):
        return take_steps(frame, whole, steps)
    fields = frame.fields if whole.region == MESSAGE else frame.memory.fields
    field: Field | None = fields.get(steps[0].name)
    if field is None:
        message = f"`{whole.path}` has no field `{steps[0].name}`"
        raise refusal("ASH011", message, steps[0].span, suggest(steps[0].name, fields))
    offset = combine(frame, "+", whole.offset, Known(field.offset), span)
    place = Place(whole.region, offset, field.type, field.bits, f"{whole.path}.{field.name}")
    return take_steps(frame, place, steps[1:])


def _lower_path(frame: Frame, path: syntax.Path) -> Operand:
    """Return the number that a path names."""
    match frame.names.get(path.name):
        case Variable(operand=operand, condition=condition):
            _check_no_steps(path)
            if condition:
                note = f"write `select({path.name}, 1, 0)` to make a number of it"
                message = f"`{path.name}` is a condition, and a number is meant"
                raise refusal("ASH014", message, path.span, note)
            return operand
        case Argument(expression=expression, names=names, expanding=expanding) if not path.steps:
            with frame.seeing(names, expanding):
                return lower_number(frame, expression)
        case Instance() as instance:
            return find_register(frame, instance, path).operand
        case _:
            pass
    known = _find_known(frame, path)
    if known is not None:
        return known
    place = lower_place(frame, path)
    if place is None:
        _refuse_unknown(frame, path)
    return load_place(frame, place, path.span)


def find_register(frame: Frame, instance: Instance, path: syntax.Path) -> Variable:
    """Return the variable of a register: `sum.total`.

    Raises:
        Refused: ASH011 if the pipe has no such register, ASH015 if none is named.
    """
    match path.steps:
        case (syntax.Member(name=name),):
            found = frame.names.get(f"{instance.name}.{name}")
            if not isinstance(found, Variable):
                known = [register.name for register in instance.pipe.registers]
                message = f"`{instance.pipe.name}` has no register `{name}`"
                raise refusal("ASH011", message, path.span, suggest(name, known))
            return found
        case _:
            note = f"name a register of it: `{instance.name}.name`"
            raise refusal("ASH015", f"`{instance.name}` is a pipe, not a number", path.span, note)


def _find_known(frame: Frame, path: syntax.Path) -> Operand | None:
    """Return what a name stands for that is no field: a constant, or a length."""
    match path:
        case syntax.Path(name="message", steps=(syntax.Member(name=name),)) if name == LENGTH:
            return combine(frame, "-", frame.length, frame.base, path.span)
        case syntax.Path(name="message", steps=(syntax.Member(name=name),)) if name == LEFT:
            return combine(frame, "-", frame.length, frame.cursor, path.span)
        case syntax.Path(name="region", steps=(syntax.Member(name=name),)) if name == LENGTH:
            return Known(frame.memory.size)
        case syntax.Path(name=name) if name in frame.scope.constants:
            _check_no_steps(path)
            return Known(find_constant(frame.scope, replace(path, steps=())))
        case _:
            return None


def _check_no_steps(path: syntax.Path) -> None:
    if path.steps:
        message = f"`{path.name}` is a number: it has no fields and no elements"
        raise refusal("ASH015", message, path.span, "leave them out")


def _refuse_unknown(frame: Frame, path: syntax.Path) -> NoReturn:
    scope, name = frame.scope, path.name
    if name in frame.fields or name in frame.memory.fields:
        where = MESSAGE_NAME if name in frame.fields else REGION
        notes = [f"fields are named with where they are: `{where}.{name}`"]
    elif name in scope.definitions:
        notes = [f"`{name}` is an abbreviation: write its arguments in parentheses"]
    else:
        seen = [each for each in frame.names if each.isidentifier()]
        notes = [suggest(name, (*seen, *scope.constants, MESSAGE_NAME, REGION))]
    raise refusal("ASH010", f"there is no `{name}` here", path.span, *notes)


def _lower_call(frame: Frame, call: syntax.Call) -> Operand:
    if frame.pipe is not None and call.name != "carry_add":
        raise _refuse_in_pipe(call.name, call.span)
    match call:
        case syntax.Call(name="clock"):
            return frame.now
        case syntax.Call(name="offset", arguments=(syntax.Path() as path,)):
            return require_place(frame, path).offset
        case syntax.Call(name="offset", arguments=(other,)):
            note = "write `offset(region.page)`, for instance"
            raise refusal("ASH015", "this is no place in memory", other.span, note)
        case _:
            return _lower_carry_add(frame, call)


def _refuse_in_pipe(name: str, span: Span) -> Refused:
    note = "give a register its number: `use p = pipe; p.register = ...`"
    return refusal("ASH051", f"a pipe knows its registers and what comes in, and no `{name}`", span, note)


def _lower_carry_add(frame: Frame, call: syntax.Call) -> Operand:
    """Return the sum of two numbers of the gauge, the carry added at the other end.

    %1 = add %a, %b; %2 = and %1, 0xffff; %3 = lshr %1, 16; add %2, %3
    """
    if frame.pipe is None:
        note = "a carry comes out of a number of a pipe's gauge; elsewhere write it with `&` and `>>`"
        raise refusal("ASH051", "`carry_add` has a meaning only in pipes", call.span, note)
    bits = frame.pipe.input.bits
    first, second = (lower_number(frame, each) for each in call.arguments)
    for each, argument in zip((first, second), call.arguments, strict=True):
        if each.high >> bits:
            frame.demand(Known((1 << bits) - 1), each, "numbers to add have the gauge's bits", argument.span)
    total = combine(frame, "+", first, second, call.span)
    low = combine(frame, "&", total, Known((1 << bits) - 1), call.span)
    return combine(frame, "+", low, combine(frame, ">>", total, Known(bits), call.span), call.span)


def _is_plain(frame: Frame, path: syntax.Path) -> bool:
    """Say whether a path names a place in the region that is known: all of it is always there."""
    constant = all(not isinstance(s, syntax.Index) or isinstance(s.index, syntax.Number) for s in path.steps)
    if path.name == REGION:
        return constant
    return path.name != MESSAGE_NAME and not path.steps


RESOLVER = Resolver(_lower_path, _lower_call, _is_plain)
"""What a frame of a handler's function knows of expressions."""
