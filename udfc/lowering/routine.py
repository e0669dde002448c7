"""Functions about the whole object: unit, blocks, identity, shared, names, acl, size.

In: clauses. Out: functions.

    unit 1024 << log        ->  func unit(...) -> (u64) { ...; return %5 }
    acl(credential, operation) { return credential == uid }
"""

from __future__ import annotations

from collections.abc import Sequence

from grammar.fields.refuse import refusal
from grammar.lowering.expression import lower_condition, lower_number
from grammar.lowering.meaning import Variable
from grammar.lowering.operand import Made
from runtime.ir.nodes import Function, Type, Value
from runtime.template.nodes import AFTER, META, Extent
from udfc.language import syntax
from udfc.lowering.assigned import may_stop, walk_statements
from udfc.lowering.branch import Tail
from udfc.lowering.frame import Frame, Right
from udfc.lowering.function import Shape, Target, build_function
from udfc.lowering.readset import cut_bytes, extent_bytes
from udfc.lowering.statement import lower_body

_RIGHTS: dict[str, frozenset[Right]] = {
    "names": frozenset({"name"}),
    "acl": frozenset({"after", "clock"}),
    "size": frozenset({"clock"}),
}


def lower_number_function(
    target: Target, name: str, value: syntax.Expression, sees_object: bool = True
) -> Function:
    """Return a function that answers the number `value`."""
    regions = (META,) if sees_object else ()
    shape = Shape(name, f"`{name}`", regions, results=(Type.U64,), span=value.span)
    return build_function(target, shape, lambda frame: (frame.value(lower_number(frame, value)),))


def lower_unit(target: Target, value: syntax.Expression, discriminator: tuple[Extent, ...]) -> Function:
    """Return `unit`.

    Raises:
        Refused: UDF059 if it reads bytes outside of the discriminator.
    """

    def lower(frame: Frame) -> tuple[Value, ...]:
        number = frame.value(lower_number(frame, value))
        known = [extent_bytes(frame.header, each) for each in discriminator]
        for read in frame.reads:
            start = read.start
            if start is None or cut_bytes((start.base, start.base + read.width), known):
                message = f"`unit` reads `{read.path}`, which is not in the discriminator"
                note = f"add it: `discriminator {read.path}`; all that is owned depends on the unit"
                raise refusal("UDF059", message, read.span, note)
        return (number,)

    shape = Shape("unit", "`unit`", results=(Type.U64,), span=value.span)
    return build_function(target, shape, lower)


def lower_routine(target: Target, routine: syntax.Routine) -> Function:
    """Return `names`, `acl` or `size`.

    Raises:
        Refused: UDF056 if the last statement is no `return`, and as the lowering of statements.
    """
    name = routine.name
    regions = (META, AFTER) if name == "acl" else (META,)
    results = {"acl": (Type.U1,), "size": (Type.U64,), "names": ()}[name]
    numbers = ("credential", "operation") if name == "acl" else ()
    emits = 3 if name == "names" else 0
    shape = Shape(name, f"`{name}`", regions, _RIGHTS[name], numbers, results, emits, span=routine.span)
    if name == "names":
        return build_function(target, shape, lambda frame: _lower_names(frame, routine.body))
    return build_function(target, shape, lambda frame: (_lower_answer(frame, routine),))


def _lower_names(frame: Frame, body: Sequence[syntax.Statement]) -> tuple[Value, ...]:
    lower_body(frame, body)
    return ()


def _lower_answer(frame: Frame, routine: syntax.Routine) -> Value:
    """Lower a body that ends in `return`, and return what it answers."""
    last = routine.body[-1] if routine.body else None
    if not isinstance(last, syntax.Return):
        message = f"`{routine.name}` does not end in `return`"
        raise refusal(
            "UDF056", message, routine.span if last is None else last.span, "add `return ...` at its end"
        )
    rest = routine.body[:-1]
    if may_stop(rest):
        stop = next(each for each in walk_statements(rest) if isinstance(each, syntax.Stop))
        message = f"`{routine.name}` would end without an answer"
        raise refusal("UDF051", message, stop.span, "`stop if` leaves a loop: put it into one")
    answers: list[Value] = []

    def answer() -> None:
        with frame.step(last.span):
            if routine.name == "acl":
                answers.append(frame.value(lower_condition(frame, last.value), Type.U1))
            else:
                answers.append(frame.value(lower_number(frame, last.value)))

    with frame.block():
        for number, name in enumerate(routine.parameters):
            frame.declare(name, Variable(Made(Value(number))), routine.span)
        lower_body(frame, rest, Tail(answer, frozenset()))
    return answers[0]
