"""What the grammar leaves open: statements that look like calls, `advance` in its place, what can wrap.

In: nodes as the parser has them. Out: the nodes of the tree, or `Refused` with UDF008 or UDF009.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from runtime.diagnostic import Diagnostic, Refused
from runtime.source import NOWHERE, Span
from udfc.language import syntax


@dataclass(frozen=True, slots=True)
class Advance:
    """`advance e`: the last statement of a `walk`, and no statement of the tree."""

    value: syntax.Expression
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Slice:
    """`[0..12]` behind a field, in a list of ranges."""

    low: syntax.Expression
    high: syntax.Expression
    span: Span = field(default=NOWHERE, compare=False, repr=False)


Written: TypeAlias = syntax.Statement | Advance


def make_body(statements: Sequence[Written]) -> tuple[syntax.Statement, ...]:
    """Return the statements of a block that ends without `advance`.

    Raises:
        Refused: UDF009 for an `advance`.
    """
    kept: list[syntax.Statement] = []
    for statement in statements:
        if isinstance(statement, Advance):
            raise _refusal(
                "UDF009",
                "`advance` stands here, and it ends the block of a `walk`",
                statement.span,
                "compute the distance in a `var` before, and write `advance` once, as the last statement",
            )
        kept.append(statement)
    return tuple(kept)


def make_walk_body(
    statements: Sequence[Written], span: Span
) -> tuple[tuple[syntax.Statement, ...], syntax.Expression]:
    """Return the statements of a `walk` at `span`, and by how much it advances.

    Raises:
        Refused: UDF009 if the last of them, and no other, is not `advance`.
    """
    last = statements[-1] if statements else None
    if not isinstance(last, Advance):
        note = "write `advance e.length`, for instance, as its last statement"
        raise _refusal("UDF009", "this `walk` does not end with `advance`", span, note)
    return make_body(statements[:-1]), last.value


def make_command(call: syntax.Call) -> syntax.Statement:
    """Return the statement that is written `own(...)`, `part(...)`, `mark(...)` or `name(...)`.

    Raises:
        Refused: UDF009 for another name, or another number of arguments.
    """
    match call:
        case syntax.Call(name="own"):
            return make_own(call)
        case syntax.Call(name="part", arguments=(offset, type_), span=span):
            return syntax.Part(offset, None, make_type(type_), span)
        case syntax.Call(name="part", arguments=(offset, length, type_), span=span):
            return syntax.Part(offset, length, make_type(type_), span)
        case syntax.Call(name="mark", arguments=(start, count), span=span):
            return syntax.Mark(start, count, span)
        case syntax.Call(name="name", arguments=(offset, length, identity), span=span):
            return syntax.NameEntry(offset, length, identity, span)
        case _:
            raise _no_statement(call)


def make_own(call: syntax.Call) -> syntax.Own:
    """Return `own(start, count, type)`.

    Raises:
        Refused: UDF009 for anything else.
    """
    match call:
        case syntax.Call(name="own", arguments=(start, count, type_), span=span):
            return syntax.Own(start, count, make_type(type_), span)
        case _:
            raise _no_statement(call)


def make_type(expression: syntax.Expression) -> syntax.TypeUse:
    """Return the template that `expression` names.

    Raises:
        Refused: UDF008 if it names none.
    """
    match expression:
        case syntax.Path(name=name, steps=(), span=span):
            return syntax.TypeUse(name, (), span)
        case syntax.Call(name=name, arguments=arguments, span=span):
            return syntax.TypeUse(name, arguments, span)
        case _:
            note = "write its name, `data`, or `like(block)`; arguments stand behind it in brackets"
            raise _refusal("UDF008", "a template is expected here", expression.span, note)


def make_every(name: str, low: syntax.Expression, high: syntax.Expression | None, span: Span) -> syntax.Every:
    """Return `name in low..high`, or `name in low` where `low` names an array.

    Raises:
        Refused: UDF008 if it is something else.
    """
    if high is not None:
        return syntax.Every(name, low, high, None, span)
    if isinstance(low, syntax.Path):
        return syntax.Every(name, None, None, low, span)
    note = f"write `{name} in 0..12`, or `{name} in pointer` for all elements of an array"
    raise _refusal("UDF008", "a range or an array is expected here", low.span, note)


def make_field_range(name: str, steps: Sequence[syntax.Step | Slice], span: Span) -> syntax.FieldRange:
    """Return the range of a field; the last of `steps` may be a slice.

    Raises:
        Refused: UDF008 for a slice in the middle.
    """
    kept = tuple(step for step in steps if not isinstance(step, Slice))
    slices = [step for step in steps if isinstance(step, Slice)]
    if slices and slices[0] is not steps[-1]:
        note = "name the members one by one, or give the bytes: `@16..40`"
        raise _refusal("UDF008", "a range of elements must come last", slices[0].span, note)
    path = syntax.Path(name, kept, span)
    return syntax.FieldRange(path, (slices[0].low, slices[0].high) if slices else None, span)


def _no_statement(call: syntax.Call) -> Refused:
    note = "statements in this form are `own(start, count, TYPE)`, `part(offset, TYPE)`, "
    note += "`part(offset, length, TYPE)`, `mark(start, count)` and `name(offset, length, identity)`"
    return _refusal(
        "UDF009", f"`{call.name}` with {len(call.arguments)} arguments is no statement", call.span, note
    )


def _refusal(code: str, message: str, span: Span, note: str) -> Refused:
    return Refused(Diagnostic(code, message, span, (note,)))
