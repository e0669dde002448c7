"""Instructions in a row, with values of their own: what instrumentation puts between those of a function.

In: a source of fresh numbers. Out: a list of instructions. The numbers need not be dense: `renumber_values`
makes them so at the end.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import count

from runtime.ir.nodes import (
    Binary,
    BinaryOperator,
    Body,
    Compare,
    CompareOperator,
    Constant,
    Convert,
    For,
    If,
    Instruction,
    Load,
    Next,
    Store,
    Type,
    Value,
    Yield,
)


@dataclass(slots=True)
class Line:
    """Instructions so far; all lines of a function share their source of numbers."""

    numbers: count[int]
    body: list[Instruction] = field(default_factory=list)

    def fresh(self) -> Value:
        """Return a number that no value has."""
        return Value(next(self.numbers))

    def inner(self) -> Line:
        """Return an empty line, for a body."""
        return Line(self.numbers)

    def constant(self, number: int, type_: Type = Type.U64) -> Value:
        """Append a constant."""
        target = self.fresh()
        self.body.append(Constant(target, type_, number))
        return target

    def binary(self, operator: BinaryOperator, left: Value, right: Value, wrapping: bool = False) -> Value:
        """Append an operation."""
        target = self.fresh()
        self.body.append(Binary(target, operator, left, right, wrapping))
        return target

    def compare(self, operator: CompareOperator, left: Value, right: Value) -> Value:
        """Append a comparison."""
        target = self.fresh()
        self.body.append(Compare(target, operator, left, right))
        return target

    def convert(self, type_: Type, value: Value, wrapping: bool = False) -> Value:
        """Append a conversion."""
        target = self.fresh()
        self.body.append(Convert(target, type_, value, wrapping))
        return target

    def load(self, type_: Type, region: str, offset: Value) -> Value:
        """Append a load of a number in the machine's order."""
        target = self.fresh()
        self.body.append(Load(target, type_, region, offset, "be" if type_ is Type.U8 else "le"))
        return target

    def store(self, region: str, offset: Value, value: Value, type_: Type) -> None:
        """Append a store of a number of `type_` in the machine's order."""
        self.body.append(Store(region, offset, value, "be" if type_ is Type.U8 else "le"))

    def when(self, condition: Value, then: Line, otherwise: Line | None = None) -> None:
        """Append an `if` without targets."""
        arms = [(*line.body, Yield()) for line in (then, otherwise or self.inner())]
        self.body.append(If((), condition, arms[0], arms[1]))

    def loop(self, times: Value, maximum: int, index: Value, body: Line) -> None:
        """Append a `for` that carries nothing."""
        inside: Body = (*body.body, Next(None, ()))
        self.body.append(For((), index, times, maximum, (), (), inside))

    def extend(self, instructions: Sequence[Instruction]) -> None:
        """Append instructions as they are."""
        self.body.extend(instructions)
