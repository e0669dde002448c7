"""Read the instructions of an IR text. Each method's docstring is its grammar rule.

In: a cursor behind the tables of a function. Out: the function's body, not yet verified.
"""

from __future__ import annotations

from typing import get_args

from runtime import limits
from runtime.diagnostic import Diagnostic, Refused
from runtime.ir.builder import is_terminator
from runtime.ir.cursor import Cursor
from runtime.ir.nodes import (
    Binary,
    BinaryOperator,
    Body,
    Call,
    Compare,
    CompareOperator,
    Constant,
    Convert,
    Emit,
    For,
    Function,
    If,
    Instruction,
    Length,
    Load,
    Lookup,
    Next,
    Order,
    Return,
    Select,
    Store,
    Type,
    Value,
    Yield,
)
from runtime.ir.value_types import find_value_types

_ORDERS: tuple[Order, ...] = get_args(Order)
_WIDTHS: dict[str, tuple[Type, Order]] = {
    "u8": (Type.U8, "be"),
    **{f"u{bits}{order}": (Type(bits), order) for bits in (16, 32, 64) for order in _ORDERS},
}
_BINARY: dict[str, BinaryOperator] = {operator: operator for operator in get_args(BinaryOperator)}
_COMPARE: dict[str, CompareOperator] = {operator: operator for operator in get_args(CompareOperator)}
_EFFECTS = ("store", "emit", "yield", "next", "return")
_COMPUTATIONS = ("const", "convert", "select", "length", "load", "lookup", "wrapping", *_BINARY, *_COMPARE)
_WORDS = {word: word for word in ("if", "for", "call", *_EFFECTS, *_COMPUTATIONS)}
_MAY_WRAP = {word: word for word in (*_BINARY, "convert")}


class BodyParser:
    """The cursor, and the stores with the width that the text gives them."""

    def __init__(self, cursor: Cursor) -> None:
        self._cursor = cursor
        self._stores: list[tuple[Store, Type]] = []

    def body(self) -> Body:
        """Read body = {instruction}, up to but without a "}"."""
        cursor = self._cursor
        if cursor.depth > limits.MAX_NESTING:
            message = f"bodies are nested more than {limits.MAX_NESTING} deep"
            notes = ("return early, or combine conditions with `and`",)
            raise Refused(Diagnostic("IR005", message, cursor.span(cursor.token.start), notes))
        cursor.depth += 1
        body: list[Instruction] = []
        while not cursor.at("}"):
            body.append(self._instruction())
        cursor.depth -= 1
        return tuple(body)

    def _instruction(self) -> Instruction:
        """Read instruction = [values "="] operation."""
        cursor = self._cursor
        start = cursor.token.start
        targets: tuple[Value, ...] = ()
        if cursor.token.kind == "value":
            targets = cursor.separated(cursor.value)
            cursor.expect("=")
        instruction = self._operation(targets, start)
        cursor.count_instruction(start)
        return instruction

    def _operation(self, targets: tuple[Value, ...], start: int) -> Instruction:
        """Read operation = if | for | call | effect | computation, told apart by its first word."""
        cursor = self._cursor
        match cursor.choice(_WORDS, "an instruction"):
            case "if":
                return self._if(targets, start)
            case "for":
                return self._for(targets, start)
            case "call":
                return self._call(targets, start)
            case word if word in _EFFECTS:
                _check_targets(cursor, word, targets, 0, start)
                return self._effect(word, start)
            case word:
                _check_targets(cursor, word, targets, 1, start)
                return self._computation(word, targets[0], start)

    def _if(self, targets: tuple[Value, ...], start: int) -> If:
        """Read if = "if" value "{" body "}" ["else" "{" body "}"]."""
        cursor = self._cursor
        condition = cursor.value()
        cursor.expect("{")
        span = cursor.span(start)
        then = self._arm()
        if not cursor.accept("else"):
            return If(targets, condition, then, (Yield((), span),), span)
        cursor.expect("{")
        return If(targets, condition, then, self._arm(), span)

    def _arm(self) -> Body:
        """Read the rest of an arm, `body "}"`; a final `yield` without values goes without saying."""
        body = self.body()
        start = self._cursor.token.start
        self._cursor.expect("}")
        if body and is_terminator(body[-1]):
            return body
        return (*body, Yield((), self._cursor.span(start)))

    def _for(self, targets: tuple[Value, ...], start: int) -> For:
        """Read for = "for" value "<" value "max" number ["with" carried {"," carried}] "{" body "}"."""
        cursor = self._cursor
        index = cursor.value()
        cursor.expect("<")
        count = cursor.value()
        cursor.expect("max")
        maximum = cursor.number("the most iterations")
        pairs = cursor.separated(self._carried) if cursor.accept("with") else ()
        cursor.expect("{")
        span = cursor.span(start)
        body = self.body()
        cursor.expect("}")
        carried, initial = tuple(pair[0] for pair in pairs), tuple(pair[1] for pair in pairs)
        return For(targets, index, count, maximum, carried, initial, body, span)

    def _carried(self) -> tuple[Value, Value]:
        """Read carried = value "=" value."""
        carried = self._cursor.value()
        self._cursor.expect("=")
        return carried, self._cursor.value()

    def _call(self, targets: tuple[Value, ...], start: int) -> Call:
        """Read call = "call" name "(" [values] ")"."""
        name = self._cursor.name("the primitive's name")
        arguments = self._cursor.listed(self._cursor.value)
        return Call(targets, name, arguments, self._cursor.span(start))

    def _effect(self, word: str, start: int) -> Instruction:
        """Read effect = store | "emit" values | "yield" [values] | next | "return" [values]."""
        cursor = self._cursor
        match word:
            case "store":
                return self._store(start)
            case "emit":
                return Emit(cursor.separated(cursor.value), cursor.span(start))
            case "next":
                return self._next(start)
            case "yield":
                return Yield(self._optional_values(), cursor.span(start))
            case _:
                return Return(self._optional_values(), cursor.span(start))

    def _store(self, start: int) -> Store:
        """Read store = "store" width name "[" value "]" "=" value."""
        cursor = self._cursor
        type_, order = cursor.choice(_WIDTHS, "a width")
        region, offset = self._place()
        cursor.expect("=")
        store = Store(region, offset, cursor.value(), order, cursor.span(start))
        self._stores.append((store, type_))
        return store

    def _next(self, start: int) -> Next:
        """Read next = "next" ["if" value] ["(" [values] ")"]."""
        cursor = self._cursor
        condition = cursor.value() if cursor.accept("if") else None
        values = cursor.listed(cursor.value) if cursor.at("(") else ()
        return Next(condition, values, cursor.span(start))

    def _computation(self, word: str, target: Value, start: int) -> Instruction:
        """Read an instruction with one target.

        computation = "const" type number | ["wrapping"] "convert" type value | "length" name
                    | "select" value "," value "," value | "load" width name "[" value "]"
                    | "lookup" name "(" [values] ")" | ["wrapping"] operator value "," value
        """
        cursor = self._cursor
        wrapping = word == "wrapping"
        if wrapping:
            word = cursor.choice(_MAY_WRAP, "an operator")
        match word:
            case "const":
                return Constant(target, cursor.type(), cursor.number("a number"), cursor.span(start))
            case "convert":
                return Convert(target, cursor.type(), cursor.value(), wrapping, cursor.span(start))
            case "select":
                condition, yes, no = self._operand(), self._operand(), cursor.value()
                return Select(target, condition, yes, no, cursor.span(start))
            case "length":
                return Length(target, cursor.name("a region"), cursor.span(start))
            case "load":
                type_, order = cursor.choice(_WIDTHS, "a width")
                region, offset = self._place()
                return Load(target, type_, region, offset, order, cursor.span(start))
            case "lookup":
                table = cursor.name("a table")
                return Lookup(target, table, cursor.listed(cursor.value), cursor.span(start))
            case comparison if comparison in _COMPARE:
                left, right = self._operand(), cursor.value()
                return Compare(target, _COMPARE[comparison], left, right, cursor.span(start))
            case operator:
                left, right = self._operand(), cursor.value()
                return Binary(target, _BINARY[operator], left, right, wrapping, cursor.span(start))

    def _optional_values(self) -> tuple[Value, ...]:
        """Read [values]; what follows in the grammar is never a value."""
        return self._cursor.separated(self._cursor.value) if self._cursor.token.kind == "value" else ()

    def _operand(self) -> Value:
        """Read `value ","`."""
        value = self._cursor.value()
        self._cursor.expect(",")
        return value

    def _place(self) -> tuple[str, Value]:
        """Read `name "[" value "]"`."""
        region = self._cursor.name("a region")
        self._cursor.expect("[")
        offset = self._cursor.value()
        self._cursor.expect("]")
        return region, offset

    def check_store_widths(self, function: Function) -> None:
        """Refuse a store whose written width is not its value's (IR008): the node does not keep the width."""
        types = find_value_types(function) if self._stores else {}
        for store, written in self._stores:
            actual = types.get(store.value, written)
            if actual is not written:
                message = f"this stores u{written.bits}, but %{store.value} is u{actual.bits}"
                notes = (f"convert the value first, or store u{actual.bits}",)
                raise Refused(Diagnostic("IR008", message, store.span, notes))


def _check_targets(cursor: Cursor, word: str, targets: tuple[Value, ...], expected: int, start: int) -> None:
    """Refuse the wrong number of targets (IR006), where the instruction alone decides it."""
    if len(targets) != expected:
        message = f"`{word}` defines {expected} values, not {len(targets)}"
        notes = ("write `%0 = ...` in front of it" if expected else "leave out the part up to `=`",)
        raise Refused(Diagnostic("IR006", message, cursor.span(start), notes))
