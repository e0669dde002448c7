"""What paths name in templates, and the functions that only they have.

In: a path or call, and the frame of its function. Out: an operand or a place. The rest of an expression is
lowered by `grammar.lowering.expression`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import NoReturn

from grammar.fields.constant import find_constant
from grammar.fields.layout import is_open
from grammar.fields.refuse import refusal, suggest
from grammar.lowering.expression import lower_number, lower_step
from grammar.lowering.meaning import Argument, Pointer, Variable
from grammar.lowering.memory import load_place
from grammar.lowering.operand import Known, Made, Operand, line_of
from grammar.lowering.place import LoweredStep, NamedStep, Place, take_steps
from runtime.source import Span
from runtime.template.nodes import AFTER, META
from udfc.language import syntax
from udfc.lowering.frame import Frame, Resolver
from udfc.names.scope import AFTER as AFTER_NAME
from udfc.names.scope import LENGTH, OPERATIONS


def lower_place(frame: Frame, path: syntax.Path) -> Place | None:
    """Return the place that `path` names; None if it does not start with a field or a view.

    Raises:
        Refused: as `lower_number`.
    """
    return _follow(frame, path.name, tuple(lower_step(frame, step) for step in path.steps), path.span)


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
        case Pointer(region=region, struct=struct, offset=offset):
            return take_steps(frame, Place(region, offset, struct, {}, name), steps)
        case Argument(expression=syntax.Path() as inner, names=names, expanding=expanding):
            with frame.seeing(names, expanding):
                before = tuple(lower_step(frame, step) for step in inner.steps)
                return _follow(frame, inner.name, (*before, *steps), span)
        case Argument() | Variable():
            raise refusal(
                "UDF015", f"`{name}` is a number: it has no fields and no elements", span, "leave them out"
            )
        case _:
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


def _lower_call(frame: Frame, call: syntax.Call) -> Operand:
    assert call.name == "clock", "the language has no other functions"
    if "clock" not in frame.rights:
        note = "what it emits must follow from the bytes alone: only `acl` and `size` may ask for the time"
        raise refusal("UDF051", f"{frame.what} cannot ask for the time", call.span, note)
    return Made(frame.builder.clock())


def _is_plain(frame: Frame, path: syntax.Path) -> bool:
    """Say whether each step is a constant or the own index: the function has made sure of those bytes."""
    return all(_is_plain_step(frame, step) for step in path.steps)


def _is_plain_step(frame: Frame, step: syntax.Step) -> bool:
    match step:
        case syntax.Member() | syntax.Index(index=syntax.Number()):
            return True
        case syntax.Index(index=syntax.Path(name=name, steps=())):
            seen = frame.names.get(name)
            return isinstance(seen, Variable) and line_of(seen.operand) is not None
        case syntax.Index():
            return False


RESOLVER = Resolver(_lower_path, _lower_call, _is_plain)
"""What a frame of a template's function knows of expressions."""
