"""Make functions without counting: the builder numbers the values and nests the bodies.

In: calls in the order of the program text. Out: a `Function` with dense value numbers. Compilers and passes
use it; it checks only its own protocol (by assertions), `runtime.ir.verify` judges what it made.

    builder = Builder("web", regions=(Region("message", "read", 262144),), results=(Type.U32,))
    length = builder.length("message")
    enough = builder.compare("ule", builder.constant(Type.U64, 14), length)
    with builder.when(enough):
        builder.return_(builder.constant(Type.U32, 1))
    builder.return_(builder.constant(Type.U32, 0))
    function = builder.finish()

The numbering rule. Parameters take 0, 1, ... in order. After that every value takes the next free number at
the moment when its definition is complete, reading the text from top to bottom:

- an ordinary instruction's targets: at the instruction;
- a `For`: its index, then its carried numbers, before its body; its targets after its body;
- an `If`: its targets after both of its bodies.

So an instruction's targets are always consecutive, and the numbers follow from the shape of the program
alone. The verifier enforces this, and the binary form does not write targets down.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

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
    Parameter,
    Region,
    Return,
    Select,
    Store,
    Table,
    Type,
    Value,
    Yield,
)
from runtime.ir.primitives import find_primitive
from runtime.source import NOWHERE, Span


@dataclass(frozen=True, slots=True)
class Loop:
    """The numbers that a `For` defines before its body."""

    index: Value
    carried: tuple[Value, ...]


@dataclass(slots=True)
class _OpenIf:
    """An `If` whose end has not come; `then` is set once its first arm is closed."""

    outer: list[Instruction]
    condition: Value
    span: Span
    then: Body | None = None


@dataclass(slots=True)
class _OpenFor:
    """A `For` whose end has not come."""

    outer: list[Instruction]
    loop: Loop
    count: Value
    maximum: int
    initial: tuple[Value, ...]
    span: Span


@dataclass(slots=True)
class Builder:
    """One function in the making; the arguments are the fields of `Function`.

    `span` is what the next instructions get as their span: set it, or use `at`.
    """

    name: str
    regions: tuple[Region, ...] = ()
    parameters: tuple[Parameter, ...] = ()
    results: tuple[Type, ...] = ()
    emits: tuple[Type, ...] = ()
    emit_limit: int = 0
    tables: tuple[Table, ...] = ()
    span: Span = NOWHERE
    _next: int = field(init=False)
    _body: list[Instruction] = field(init=False, default_factory=list)
    _open: list[_OpenIf | _OpenFor] = field(init=False, default_factory=list)

    def __post_init__(self) -> None:
        self._next = len(self.parameters)

    def parameter(self, name: str) -> Value:
        """Return the value of the parameter called `name`."""
        return Value([parameter.name for parameter in self.parameters].index(name))

    @contextmanager
    def at(self, span: Span) -> Iterator[None]:
        """Give the instructions made inside the span `span`."""
        before, self.span = self.span, span
        try:
            yield
        finally:
            self.span = before

    @property
    def ended(self) -> bool:
        """Whether the current body ends in a terminator: nothing may follow."""
        return bool(self._body) and is_terminator(self._body[-1])

    @property
    def position(self) -> int:
        """How many instructions the current body has."""
        return len(self._body)

    def constant(self, type_: Type, number: int) -> Value:
        """Append a `Constant`."""
        target = self._define()
        self._append(Constant(target, type_, number, self.span))
        return target

    def binary(self, operator: BinaryOperator, left: Value, right: Value, wrapping: bool = False) -> Value:
        """Append a `Binary`."""
        target = self._define()
        self._append(Binary(target, operator, left, right, wrapping, self.span))
        return target

    def compare(self, operator: CompareOperator, left: Value, right: Value) -> Value:
        """Append a `Compare`."""
        target = self._define()
        self._append(Compare(target, operator, left, right, self.span))
        return target

    def convert(self, type_: Type, value: Value, wrapping: bool = False) -> Value:
        """Append a `Convert`."""
        target = self._define()
        self._append(Convert(target, type_, value, wrapping, self.span))
        return target

    def select(self, condition: Value, yes: Value, no: Value) -> Value:
        """Append a `Select`."""
        target = self._define()
        self._append(Select(target, condition, yes, no, self.span))
        return target

    def length(self, region: str) -> Value:
        """Append a `Length`."""
        target = self._define()
        self._append(Length(target, region, self.span))
        return target

    def load(self, type_: Type, region: str, offset: Value, order: Order = "be") -> Value:
        """Append a `Load`."""
        target = self._define()
        self._append(Load(target, type_, region, offset, order, self.span))
        return target

    def store(self, region: str, offset: Value, value: Value, order: Order = "be") -> None:
        """Append a `Store`."""
        self._append(Store(region, offset, value, order, self.span))

    def lookup(self, table: str, *keys: Value) -> Value:
        """Append a `Lookup`."""
        target = self._define()
        self._append(Lookup(target, table, keys, self.span))
        return target

    def call(self, primitive: str, *arguments: Value) -> tuple[Value, ...]:
        """Append a `Call` of a service in `PRIMITIVES` and return its targets."""
        service = find_primitive(primitive)
        assert service is not None, f"no primitive `{primitive}`"
        targets = self._define_many(len(service.results))
        self._append(Call(targets, primitive, arguments, self.span))
        return targets

    def emit(self, *values: Value) -> None:
        """Append an `Emit`."""
        self._append(Emit(values, self.span))

    def if_(self, condition: Value) -> None:
        """Open an `If` and its first arm; `else_` opens the other arm, `end` closes it."""
        self._open.append(_OpenIf(self._body, condition, self.span))
        self._body = []

    def else_(self) -> None:
        """Close the first arm of the innermost `If` and open the second."""
        opened = self._open[-1]
        assert isinstance(opened, _OpenIf), "`else_` belongs to an `if_`"
        assert opened.then is None, "an `if_` has one `else_`"
        opened.then = self._close_arm()

    def for_(self, count: Value, maximum: int, initial: Sequence[Value] = ()) -> Loop:
        """Open a `For` and its body; the body ends with `next_` or `return_`, then `end` closes the loop."""
        index = self._define()
        loop = Loop(index, self._define_many(len(initial)))
        self._open.append(_OpenFor(self._body, loop, count, maximum, tuple(initial), self.span))
        self._body = []
        return loop

    def end(self) -> tuple[Value, ...]:
        """Close the innermost `If` or `For` and return its targets.

        An arm that has not ended gets an empty `Yield`; an `If` has as many targets as its arms yield.
        """
        opened = self._open[-1]
        targets = self._end_if(opened) if isinstance(opened, _OpenIf) else self._end_for(opened)
        self._open.pop()
        return targets

    @contextmanager
    def when(self, condition: Value) -> Iterator[None]:
        """Put what is made inside into an `If` without targets and with an empty second arm."""
        self.if_(condition)
        yield
        self.end()

    def yield_(self, *values: Value) -> None:
        """End an arm of an `If`."""
        self._append(Yield(values, self.span))

    def next_(self, *values: Value, condition: Value | None = None) -> None:
        """End the body of a `For`: go on with `values`, or stop where `condition` is 0."""
        self._append(Next(condition, values, self.span))

    def return_(self, *values: Value) -> None:
        """End the function, from any body."""
        self._append(Return(values, self.span))

    def finish(self) -> Function:
        """Return the function; every `if_` and `for_` must be closed."""
        assert not self._open, "an `if_` or `for_` is still open"
        return Function(
            self.name,
            self.regions,
            self.parameters,
            self.results,
            self.emits,
            self.emit_limit,
            self.tables,
            tuple(self._body),
            self.span,
        )

    def _define(self) -> Value:
        number = self._next
        self._next = number + 1
        return Value(number)

    def _define_many(self, count: int) -> tuple[Value, ...]:
        first = self._next
        self._next += count
        return tuple(Value(number) for number in range(first, first + count))

    def _append(self, instruction: Instruction) -> None:
        assert not self.ended, "this body has ended"
        self._body.append(instruction)

    def _close_arm(self) -> Body:
        if not self.ended:
            self._body.append(Yield((), self.span))
        arm = tuple(self._body)
        self._body = []
        return arm

    def _end_if(self, opened: _OpenIf) -> tuple[Value, ...]:
        last = self._close_arm()
        then, otherwise = (last, (Yield((), opened.span),)) if opened.then is None else (opened.then, last)
        ends = [arm[-1] for arm in (then, otherwise)]
        targets = self._define_many(max(len(end.values) if isinstance(end, Yield) else 0 for end in ends))
        self._body = opened.outer
        self._append(If(targets, opened.condition, then, otherwise, opened.span))
        return targets

    def _end_for(self, opened: _OpenFor) -> tuple[Value, ...]:
        assert self.ended, "the body of a `for_` must end with `next_` or `return_`"
        body = tuple(self._body)
        targets = self._define_many(len(opened.initial))
        self._body = opened.outer
        self._append(
            For(
                targets,
                opened.loop.index,
                opened.count,
                opened.maximum,
                opened.loop.carried,
                opened.initial,
                body,
                opened.span,
            )
        )
        return targets


def is_terminator(instruction: Instruction) -> bool:
    """Tell whether nothing can follow: `Yield`, `Next`, `Return`, or an `If` whose both arms return."""
    return isinstance(instruction, (Yield, Next)) or always_returns(instruction)


def always_returns(instruction: Instruction) -> bool:
    """Tell whether it is a `Return` or an `If` whose both arms end in an instruction that always returns."""
    if isinstance(instruction, If):
        arms = (instruction.then, instruction.otherwise)
        return all(bool(arm) and always_returns(arm[-1]) for arm in arms)
    return isinstance(instruction, Return)
