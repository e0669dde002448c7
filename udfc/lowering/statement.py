"""Statements: from syntax to structured IR, in which every body ends at its end.

In: the statements of a body and the frame. Out: instructions, and whether execution goes on behind the body.
`stop if` has no jump to become: what follows it is put into the other arm of an `if`, and a u1 says on the
way out that nothing more is to be done.

    stop if c          %4 = if %c { yield 0 } else { rest; yield 1 }
    rest               next if %4 (...)
"""

from __future__ import annotations

from collections.abc import Sequence

from grammar.fields.refuse import refusal, suggest
from grammar.lowering.expression import lower_condition, lower_number
from grammar.lowering.meaning import Pointer, Variable
from grammar.lowering.memory import store_place
from grammar.lowering.operand import Operand
from grammar.lowering.plain import is_condition
from runtime.source import Span
from runtime.template.nodes import META
from udfc.language import syntax
from udfc.lowering.assigned import find_assigned, may_stop
from udfc.lowering.branch import GOES_ON, NOTHING, STOPS, Tail, branch
from udfc.lowering.emission import emit_words, lower_own, lower_part
from udfc.lowering.expression import lower_place
from udfc.lowering.frame import Frame
from udfc.lowering.loop import lower_for, lower_walk


def lower_body(frame: Frame, statements: Sequence[syntax.Statement], tail: Tail = NOTHING) -> Operand:
    """Lower `statements`, and `tail` where execution gets to their end; return whether it goes on there.

    Raises:
        Refused: UDF010 to UDF059.
    """
    with frame.block():
        return _lower_from(frame, statements, tail)


def lower_statements(frame: Frame, statements: Sequence[syntax.Statement]) -> Operand:
    """Lower `statements` as `lower_body` does; what they declare can still be seen afterwards."""
    return _lower_from(frame, statements, NOTHING)


def _lower_from(frame: Frame, statements: Sequence[syntax.Statement], tail: Tail) -> Operand:
    for number, statement in enumerate(statements, 1):
        with frame.step(statement.span):
            if isinstance(statement, syntax.Stop):
                condition = lower_condition(frame, statement.condition)
                return _stop(frame, condition, statements[number:], tail)
            going = _lower_statement(frame, statement)
            if going != GOES_ON:
                return _go_on(frame, going, statements[number:], tail)
    tail.run()
    return GOES_ON


def _stop(frame: Frame, condition: Operand, rest: Sequence[syntax.Statement], tail: Tail) -> Operand:
    """Stop where `condition` holds, else lower `rest`."""
    assigned = find_assigned(rest) | tail.assigned
    return branch(
        frame, condition, lambda: STOPS, lambda: _lower_from(frame, rest, tail), assigned, stops=True
    )


def _go_on(frame: Frame, going: Operand, rest: Sequence[syntax.Statement], tail: Tail) -> Operand:
    """Lower `rest` where `going` holds."""
    if not rest and tail is NOTHING:
        return going
    assigned = find_assigned(rest) | tail.assigned
    return branch(frame, going, lambda: _lower_from(frame, rest, tail), lambda: STOPS, assigned, stops=True)


def _lower_statement(frame: Frame, statement: syntax.Statement) -> Operand:
    """Lower one statement other than `stop if`, and return whether execution goes on behind it."""
    match statement:
        case syntax.Let():
            _lower_let(frame, statement)
        case syntax.View():
            _lower_view(frame, statement)
        case syntax.Assign():
            _lower_assign(frame, statement)
        case syntax.If():
            return _lower_if(frame, statement)
        case syntax.For():
            lower_for(frame, statement, lambda tail: lower_body(frame, statement.body, tail))
        case syntax.Walk():
            lower_walk(frame, statement, lambda tail: lower_body(frame, statement.body, tail))
        case syntax.Own(span=span):
            _check_right(frame, "own", "own blocks", span)
            emit_words(frame, lower_own(frame, statement), frame.words)
        case syntax.Part(span=span):
            _check_right(frame, "own", "have parts", span)
            emit_words(frame, lower_part(frame, statement), frame.words)
        case syntax.Mark(start=start, count=count, span=span):
            _check_right(frame, "mark", "mark blocks", span)
            emit_words(frame, [lower_number(frame, each) for each in (start, count)], 2)
        case syntax.NameEntry(offset=offset, length=length, identity=identity, span=span):
            _check_right(frame, "name", "give names", span)
            emit_words(frame, [lower_number(frame, each) for each in (offset, length, identity)], 3)
        case syntax.Require(span=span):
            note = "only methods have `require`, outside of `if` and loops, before anything is changed"
            raise refusal("UDF055", "`require` cannot stand here", span, note)
        case syntax.Return(span=span):
            raise refusal(
                "UDF056",
                "`return` cannot stand here",
                span,
                "only `acl` and `size` return: as the last thing",
            )
        case syntax.Stop():
            raise AssertionError("`stop if` is lowered with what follows it")
    return GOES_ON


def _check_right(frame: Frame, right: str, what: str, span: Span) -> None:
    if right not in frame.rights:
        note = "`own` and `part` stand in partitions, `mark` in `used`, `name` in `names`"
        raise refusal("UDF051", f"{frame.what} cannot {what}", span, note)


def _lower_let(frame: Frame, let: syntax.Let) -> None:
    if is_condition(frame, let.value):
        if let.changes:
            note = "write `var x = 0`, and `select(condition, 1, 0)`"
            raise refusal("UDF014", f"`{let.name}` changes and is a condition", let.span, note)
        meaning = Variable(lower_condition(frame, let.value), condition=True)
    else:
        meaning = Variable(lower_number(frame, let.value), let.changes)
    frame.declare(let.name, meaning, let.span)


def _lower_view(frame: Frame, view: syntax.View) -> None:
    struct = frame.header.structs.find(view.struct)
    if struct is None:
        note = suggest(view.struct, frame.header.scope.structs)
        raise refusal("UDF020", f"there is no struct `{view.struct}`", view.span, note)
    frame.declare(view.name, Pointer(META, struct, lower_number(frame, view.offset)), view.span)


def _lower_assign(frame: Frame, assign: syntax.Assign) -> None:
    name, span = assign.target.name, assign.target.span
    meaning = frame.names.get(name, frame.parameters.get(name))
    if isinstance(meaning, Variable):
        if assign.target.steps or not meaning.changes:
            note = "write `var` instead of `let` where it is declared; parameters and indices are fixed"
            raise refusal("UDF050", f"`{name}` cannot be assigned", span, note)
        frame.names[name] = Variable(lower_number(frame, assign.value), changes=True)
        return
    place = lower_place(frame, assign.target)
    if place is None:
        notes = (suggest(name, (*frame.names, *frame.header.fields)),)
        raise refusal("UDF050", f"`{name}` is no variable and no field", span, *notes)
    if "store" not in frame.rights:
        message = f"{frame.what} cannot change the object"
        raise refusal("UDF050", message, span, "only methods assign fields")
    store_place(frame, place, lower_number(frame, assign.value), assign.span)


def _lower_if(frame: Frame, statement: syntax.If) -> Operand:
    condition = lower_condition(frame, statement.condition)
    arms = statement.then, statement.otherwise
    assigned = find_assigned((statement,))
    stops = any(may_stop(arm) for arm in arms)
    first, second = (lambda: lower_body(frame, arms[0])), (lambda: lower_body(frame, arms[1]))
    return branch(frame, condition, first, second, assigned, stops)
