"""A builder that makes nothing twice: what was computed on the way here is used again.

In: the calls of `Builder`. Out: the same function with fewer instructions. Abbreviations are expanded
wherever they stand, so that the same field is loaded and the same sum made again and again; a value is used
again where the body that holds it is this one or one around it, and a load only as long as nothing was
stored.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TypeAlias

from grammar.fields.scope import Language
from runtime.ir.builder import Builder, Loop
from runtime.ir.nodes import BinaryOperator, CompareOperator, Function, Order, Type, Value
from runtime.limits import MAX_NESTING
from runtime.source import Span

_MAX_NESTING = MAX_NESTING - 4  # the rest is for what the kernel puts around a function

_CAN_WRAP = frozenset({"add", "sub", "mul", "shl"})

_Key: TypeAlias = tuple[str | int | bool | Type, ...]


@dataclass(slots=True)
class Writer:
    """One function in the making.

    Args:
        builder: with nothing in it yet.
        language: of the program.
    """

    builder: Builder
    language: Language
    _known: list[dict[_Key, Value]] = field(default_factory=lambda: [{}])
    _stores: int = 0
    _trusted: bool = False

    @property
    def span(self) -> Span:
        """What the next instructions get as their span."""
        return self.builder.span

    @property
    def position(self) -> int:
        """How many instructions the current body has."""
        return self.builder.position

    @contextmanager
    def trusting(self) -> Iterator[None]:
        """Make no obligation of sums and products inside: it is known that they are exact."""
        before, self._trusted = self._trusted, True
        yield
        self._trusted = before

    @contextmanager
    def at(self, span: Span) -> Iterator[None]:
        """Give the instructions made inside the span `span`."""
        with self.builder.at(span):
            yield

    def parameter(self, name: str) -> Value:
        """Return the value of the parameter called `name`."""
        return self.builder.parameter(name)

    def constant(self, type_: Type, number: int) -> Value:
        """Return a constant."""
        return self._reuse(("constant", type_, number), lambda: self.builder.constant(type_, number))

    def binary(self, operator: BinaryOperator, left: Value, right: Value, wrapping: bool = False) -> Value:
        """Return the result of an operation."""
        wrapping = wrapping or (self._trusted and operator in _CAN_WRAP)
        key = (operator, left, right, wrapping)
        return self._reuse(key, lambda: self.builder.binary(operator, left, right, wrapping))

    def compare(self, operator: CompareOperator, left: Value, right: Value) -> Value:
        """Return the result of a comparison."""
        return self._reuse((operator, left, right), lambda: self.builder.compare(operator, left, right))

    def convert(self, type_: Type, value: Value) -> Value:
        """Return `value` as another type."""
        return self._reuse(("convert", type_, value), lambda: self.builder.convert(type_, value))

    def narrow(self, type_: Type, value: Value) -> Value:
        """Return the low bits of `value`: what does not fit is known to be 0, or is not wanted."""
        key = ("narrow", type_, value)
        return self._reuse(key, lambda: self.builder.convert(type_, value, wrapping=True))

    def select(self, condition: Value, yes: Value, no: Value) -> Value:
        """Return one of two values."""
        return self._reuse(("select", condition, yes, no), lambda: self.builder.select(condition, yes, no))

    def length(self, region: str) -> Value:
        """Return the length of a region."""
        return self._reuse(("length", region), lambda: self.builder.length(region))

    def load(self, type_: Type, region: str, offset: Value, order: Order) -> Value:
        """Return what is in memory."""
        key = ("load", type_, region, offset, order, self._stores)
        return self._reuse(key, lambda: self.builder.load(type_, region, offset, order))

    def clock(self) -> Value:
        """Return the time, which is another one at each call."""
        return self.builder.call("clock")[0]

    def store(self, region: str, offset: Value, value: Value, order: Order) -> None:
        """Store, and forget what was loaded."""
        self._stores += 1
        self.builder.store(region, offset, value, order)

    def emit(self, *values: Value) -> None:
        """Emit a tuple."""
        self.builder.emit(*values)

    def if_(self, condition: Value) -> None:
        """Open an `if`."""
        self._nest()
        self.builder.if_(condition)
        self._known.append({})

    def else_(self) -> None:
        """Open its other arm."""
        self.builder.else_()
        self._known[-1] = {}

    def for_(self, count: Value, maximum: int, initial: Sequence[Value]) -> Loop:
        """Open a loop: what was loaded before may have been changed by the round before."""
        self._nest()
        self._stores += 1
        opened = self.builder.for_(count, maximum, initial)
        self._known.append({})
        return opened

    def yield_(self, *values: Value) -> None:
        """End an arm."""
        self.builder.yield_(*values)

    def next_(self, *values: Value, condition: Value | None) -> None:
        """End a round."""
        self.builder.next_(*values, condition=condition)

    def end(self) -> tuple[Value, ...]:
        """Close the innermost `if` or loop and return its targets."""
        self._known.pop()
        return self.builder.end()

    @contextmanager
    def when(self, condition: Value) -> Iterator[None]:
        """Put what is made inside into an `if`."""
        self.if_(condition)
        yield
        self.end()

    def return_(self, *values: Value) -> None:
        """End the function."""
        self.builder.return_(*values)

    def finish(self) -> Function:
        """Return the function."""
        return self.builder.finish()

    def _nest(self) -> None:
        if len(self._known) > _MAX_NESTING:
            note = (
                "`stop if`, `require` and `else if` nest what follows them: join conditions with `and`, `or`"
            )
            raise self.language.refuse(29, f"this is nested more than {_MAX_NESTING} deep", self.span, note)

    def _reuse(self, key: _Key, make: Callable[[], Value]) -> Value:
        for known in reversed(self._known):
            if key in known:
                return known[key]
        value = make()
        self._known[-1][key] = value
        return value
