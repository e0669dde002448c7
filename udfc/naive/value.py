"""Expressions, evaluated as they stand: Python's numbers, and nothing is known of IR.

In: an expression and a `State`. Out: its number, or whether it holds; or `Wrong`, where it has no value.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, TypeAlias

from grammar.fields.constant import evaluate_constant
from grammar.fields.exact import Inexact, calculate, compare
from grammar.fields.fieldtype import Array, BitField, FieldType, Number, Packed, Struct
from udfc.language import syntax
from udfc.names.header import Header
from udfc.names.scope import AFTER, LENGTH, OPERATIONS


class Wrong(Exception):  # noqa: N818  (a property of the program, found by running it)
    """Something that the kernel must have proved impossible: inexact arithmetic, bytes outside the object."""


Tuple: TypeAlias = tuple[int | str, ...]
"""What is emitted; for `own` and `part`: start, count, mode, template, arguments."""


@dataclass(frozen=True, slots=True)
class Given:
    """An argument of an abbreviation, and the state in which it is evaluated."""

    expression: syntax.Expression
    state: State


@dataclass(frozen=True, slots=True)
class Where:
    """A piece of layout: `width` bits from bit `low` of the bytes at `offset`; 0 wide: not a number yet."""

    memory: bytearray
    offset: int
    type: FieldType
    bits: Mapping[str, BitField]
    low: int = 0
    width: int = 0


Meaning: TypeAlias = int | Where | Given


@dataclass(frozen=True, slots=True)
class State:
    """One object and what can be seen of it.

    Args:
        arguments: of the template, by name.
        names: locals, views, arguments of abbreviations.
        after: the object as a modification would leave it.
        clock: the time.
        emitted: so far.
    """

    header: Header
    memory: bytearray
    arguments: Mapping[str, int]
    names: dict[str, Meaning] = field(default_factory=dict)
    after: bytearray | None = None
    clock: int = 0
    emitted: list[Tuple] = field(default_factory=list)


def number(state: State, expression: syntax.Expression) -> int:
    """Return the number that `expression` is.

    Raises:
        Wrong: it has none.
    """
    match expression:
        case syntax.Number(value=value):
            return value
        case syntax.Path():
            return _find(state, expression)
        case syntax.Binary(operator=operator, left=left, right=right, wrapping=wrapping):
            try:
                return calculate(operator, number(state, left), number(state, right), wrapping)
            except Inexact as inexact:
                raise Wrong(str(inexact)) from inexact
        case syntax.Call(name="clock"):
            return state.clock
        case syntax.Call(name="min" | "max" as name, arguments=(left, right)):
            pair = number(state, left), number(state, right)
            return min(pair) if name == "min" else max(pair)
        case syntax.Call(name="select", arguments=(condition, yes, no)):
            both = number(state, no), number(state, yes)
            return both[holds(state, condition)]
        case syntax.Call():
            return number(*_expand(state, expression))
        case syntax.Compare() | syntax.Membership() | syntax.Logical() | syntax.Not():
            raise AssertionError("a condition is no number")


def holds(state: State, condition: syntax.Expression) -> bool:
    """Return whether `condition` holds.

    Raises:
        Wrong: something in it has no value.
    """
    match condition:
        case syntax.Compare(operator=operator, left=left, right=right):
            return compare(operator, number(state, left), number(state, right))
        case syntax.Membership(value=value, items=items, negated=negated):
            subject = number(state, value)
            inside = [number(state, low) <= subject <= number(state, high) for low, high in items.ranges]
            return any(inside) != negated
        case syntax.Logical(operator="and", left=left, right=right):
            return holds(state, left) and holds(state, right)
        case syntax.Logical(left=left, right=right):
            return holds(state, left) or holds(state, right)
        case syntax.Not(operand=operand):
            return not holds(state, operand)
        case syntax.Call():
            return holds(*_expand(state, condition))
        case syntax.Path(name=name):
            meaning = state.names[name]
            if isinstance(meaning, Given):
                return holds(meaning.state, meaning.expression)
            return meaning == 1
        case syntax.Number() | syntax.Binary():
            raise AssertionError("a number is no condition")


def _expand(state: State, call: syntax.Call) -> tuple[State, syntax.Expression]:
    definition = state.header.scope.definitions[call.name]
    given = [Given(each, state) for each in call.arguments]
    names: dict[str, Meaning] = dict(zip(definition.parameters, given, strict=True))
    return replace(state, names=names), definition.value


def _find(state: State, path: syntax.Path) -> int:
    """Return the number that a path names."""
    meaning, name = state.names.get(path.name), path.name
    if isinstance(meaning, int):
        return meaning
    if isinstance(meaning, Given) and not path.steps:
        return number(meaning.state, meaning.expression)
    if meaning is None and not path.steps:
        known = {LENGTH: len(state.memory), **state.arguments}
        if state.after is not None:
            known |= OPERATIONS
        if name in known:
            return known[name]
        if name in state.header.scope.constants:
            return evaluate_constant(state.header.scope, path)
    where = place(state, path)
    return load(where) >> where.low & (1 << where.width) - 1


def place(state: State, path: syntax.Path) -> Where:
    """Return what a path leads to in memory."""
    name, steps, memory, meaning = path.name, path.steps, state.memory, state.names.get(path.name)
    if isinstance(meaning, Given):
        assert isinstance(meaning.expression, syntax.Path), "only paths have steps"
        return _follow(state, place(meaning.state, meaning.expression), steps)
    if isinstance(meaning, Where):
        return _follow(state, meaning, steps)
    if name == AFTER and state.after is not None:
        first = steps[0]
        assert isinstance(first, syntax.Member), "a field follows `after`"
        name, steps, memory = first.name, steps[1:], state.after
    found = state.header.fields[name]
    return _follow(state, _enter(memory, found.offset, found.type, found.bits), steps)


def _enter(memory: bytearray, offset: int, type_: FieldType, bits: Mapping[str, BitField]) -> Where:
    return Where(memory, offset, type_, bits, width=type_.bits if isinstance(type_, Number) else 0)


def _follow(state: State, where: Where, steps: Sequence[syntax.Step]) -> Where:
    for step in steps:
        match step, where.type:
            case syntax.Member(name=name), Struct(fields=fields):
                found = fields[name]
                where = _enter(where.memory, where.offset + found.offset, found.type, found.bits)
            case syntax.Member(name=name), _:
                where = replace(where, low=where.bits[name].low, width=where.bits[name].width)
            case syntax.Index(index=index), Packed():
                bits = 12 * number(state, index)
                pair = Number(16, "le")
                where = Where(where.memory, where.offset + bits // 8, pair, {}, bits % 8, 12)
            case syntax.Index(index=index), Array(element=element):
                offset = where.offset + number(state, index) * element.size
                where = _enter(where.memory, offset, element, where.bits)
            case syntax.Index(), _:
                raise AssertionError("only arrays have elements")
    return where


def load(where: Where) -> int:
    """Return the number in memory, with the bits around the one that is meant."""
    size, order = _extent(where)
    if where.offset + size > len(where.memory):
        raise Wrong(f"{size} bytes at {where.offset} of {len(where.memory)}")
    return int.from_bytes(where.memory[where.offset : where.offset + size], order)


def store(where: Where, new: int) -> None:
    """Store a number and leave the bits around it as they are."""
    if new >> where.width:
        raise Wrong(f"{new} does not fit into {where.width} bits")
    size, order = _extent(where)
    mask = ((1 << where.width) - 1) << where.low
    whole = load(where) & ~mask | new << where.low
    where.memory[where.offset : where.offset + size] = whole.to_bytes(size, order)


def _extent(where: Where) -> tuple[int, Literal["big", "little"]]:
    assert isinstance(where.type, Number), "numbers are loaded and stored"
    return where.type.size, "big" if where.type.order == "be" else "little"
