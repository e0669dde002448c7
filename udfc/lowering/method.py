"""Methods: the guarded change itself, and what it claims to give, take and touch.

In: a method as written. Out: `body`, which answers 0 or the number of the `require` that does not hold, and
`changes`, which emits the claims where all of them hold.

    require c        %9 = if %c { ...; yield 0 } else { yield 1 }
    x = 1            return %9
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from grammar.fields.refuse import refusal, suggest
from grammar.lowering.arithmetic import combine, compare_operands
from grammar.lowering.expression import lower_condition, lower_number
from grammar.lowering.operand import Known, Operand
from runtime.ir.nodes import Type, Value
from runtime.template.nodes import GIVES, META, TAKES, TOUCHES, Method
from udfc.language import syntax
from udfc.lowering.assigned import may_stop, walk_statements
from udfc.lowering.branch import GOES_ON
from udfc.lowering.emission import emit_words, lower_own
from udfc.lowering.family import Family, count_family
from udfc.lowering.frame import Frame, Right
from udfc.lowering.function import Shape, Target, build_function, guard
from udfc.lowering.statement import lower_statements
from udfc.names.allowed import resolve_parameter

_MAX_TEXT = 200  # characters of a `require` that a refusal shows

_STORES: frozenset[Right] = frozenset({"store"})

Finish = Callable[[Frame, Sequence[syntax.Statement]], None]
"""Lowers what follows the last `require`."""


def lower_method(target: Target, families: Sequence[Family], method: syntax.Method) -> Method:
    """Return the method.

    Raises:
        Refused: UDF055 for a `require` behind a change, UDF058 for partitions that it cannot change, and as
        the
            lowering of statements.
    """
    parameters = tuple(resolve_parameter(target.header.scope, each) for each in method.parameters)
    what = f"method `{method.name}`"
    if may_stop(method.body):
        stop = next(each for each in walk_statements(method.body) if isinstance(each, syntax.Stop))
        raise refusal(
            "UDF051", f"{what} cannot stop half way", stop.span, "`stop if` leaves a loop: put it into one"
        )
    body = Shape(
        method.name, what, (META,), _STORES, (), (Type.U64,), method=parameters, writes=True, span=method.span
    )
    changes = Shape("changes", what, emits=1 + target.words, method=parameters, span=method.span)
    requires = tuple(each for each in method.body if isinstance(each, syntax.Require))
    return Method(
        method.name,
        parameters,
        build_function(target, body, lambda frame: _lower_change(frame, method)),
        build_function(target, changes, lambda frame: _lower_claims(frame, families, method)),
        tuple(_show(each.condition) for each in requires),
        method.span,
    )


def _show(condition: syntax.Expression) -> str:
    span = condition.span
    return " ".join(span.source.text[span.start : span.end].split())[:_MAX_TEXT]


def _lower_change(frame: Frame, method: syntax.Method) -> tuple[Value, ...]:
    def finish(frame: Frame, rest: Sequence[syntax.Statement]) -> None:
        _lower_plain(frame, rest)

    with frame.block():
        return (_lower_requires(frame, method.body, 1, finish),)


def _lower_claims(frame: Frame, families: Sequence[Family], method: syntax.Method) -> tuple[Value, ...]:
    def finish(frame: Frame, rest: Sequence[syntax.Statement]) -> None:
        for touch in method.touches:
            with frame.step(touch.span):
                _emit_touch(frame, families, touch)
        for transfer in method.transfers:
            with frame.step(transfer.span):
                _emit_transfer(frame, transfer)

    with frame.block():
        _lower_required(frame, method.body, finish)
    return ()


def _split(body: Sequence[syntax.Statement]) -> tuple[Sequence[syntax.Statement], syntax.Require | None]:
    """Return what stands before the first `require`, and it."""
    for number, statement in enumerate(body):
        if isinstance(statement, syntax.Require):
            return body[:number], statement
    return body, None


def _lower_requires(frame: Frame, body: Sequence[syntax.Statement], number: int, finish: Finish) -> Value:
    """Lower `body`, whose first `require` is the `number`-th, and return what the method answers."""
    before, require = _split(body)
    if require is None:
        finish(frame, body)
        return frame.number(0)
    with frame.step(require.span):
        condition = _lower_condition(frame, before, require)
        builder = frame.builder
        builder.if_(frame.value(condition, Type.U1))
        builder.yield_(_lower_requires(frame, body[len(before) + 1 :], number + 1, finish))
        builder.else_()
        builder.yield_(frame.number(number))
        return builder.end()[0]


def _lower_required(frame: Frame, body: Sequence[syntax.Statement], finish: Finish) -> None:
    """Lower what `body` needs to see whether all that is required holds, and `finish` where it does."""
    before, require = _split(body)
    if require is None:
        finish(frame, ())
        return
    with frame.step(require.span):
        condition = _lower_condition(frame, before, require)
        with frame.builder.when(frame.value(condition, Type.U1)):
            _lower_required(frame, body[len(before) + 1 :], finish)


def _lower_condition(frame: Frame, before: Sequence[syntax.Statement], require: syntax.Require) -> Operand:
    _refuse_early_change(frame, before, require)
    _lower_plain(frame, before)
    with frame.step(require.span):
        return lower_condition(frame, require.condition)


def _refuse_early_change(frame: Frame, before: Sequence[syntax.Statement], require: syntax.Require) -> None:
    """Refuse (UDF055) a change of the object in front of a `require`."""
    local = {each.name for each in walk_statements(before) if isinstance(each, syntax.Let)} | set(frame.names)
    for statement in walk_statements(before):
        if isinstance(statement, syntax.Assign) and statement.target.name not in local:
            note = "where a method is refused, nothing has changed: move it before the first assignment"
            raise refusal("UDF055", "`require` stands behind a change of the object", require.span, note)


def _lower_plain(frame: Frame, statements: Sequence[syntax.Statement]) -> None:
    going = lower_statements(frame, statements)
    assert going == GOES_ON, "a method does not stop half way"


def _emit_touch(frame: Frame, families: Sequence[Family], touch: syntax.Touch) -> None:
    """Emit the number of a partition that may change."""
    names = [family.partition.name for family in families]
    if touch.partition not in names:
        message = f"there is no partition `{touch.partition}`"
        raise refusal("UDF058", message, touch.span, suggest(touch.partition, names))
    place = names.index(touch.partition)
    family = families[place]
    if (family.partition.every is None) != (touch.index is None):
        wanted = "has no index" if touch.index is not None else "needs an index"
        raise refusal(
            "UDF058", f"partition `{touch.partition}` {wanted}", touch.span, "write it as it is declared"
        )
    index: Operand = Known(0) if touch.index is None else lower_number(frame, touch.index)
    exists = compare_operands(frame, "<", index, count_family(frame, family))
    if exists == Known(0):
        message = f"partition `{touch.partition}` has no such element"
        raise refusal("UDF028", message, touch.span, "elements are counted from 0")

    def emit() -> tuple[Value, ...]:
        number = index
        for each in families[:place]:
            number = combine(frame, "+", number, count_family(frame, each), touch.span)
        emit_words(frame, [Known(TOUCHES), number], 1 + frame.words)
        return ()

    guard(frame, exists, emit)


def _emit_transfer(frame: Frame, transfer: syntax.Transfer) -> None:
    """Emit what is given or taken, under its condition."""
    condition: Operand = Known(1)
    if transfer.condition is not None:
        condition = lower_condition(frame, transfer.condition)

    def emit() -> tuple[Value, ...]:
        words = lower_own(frame, transfer.own)
        emit_words(frame, [Known(GIVES if transfer.gives else TAKES), *words], 1 + frame.words)
        return ()

    guard(frame, condition, emit)
