"""Which pipes can take eight bytes at once, and how: decided by the form of their steps.

In: a pipe. Out: a `Lifted`, or None: then each unit is run by itself. Two forms are known. Every number that
goes out is made of the number that came in by `&`, `|`, `^` with constants and by shifts by constants: then
the same is done to all numbers of a word, with masks that keep them apart. And a register only takes the
numbers in, by `^` or `carry_add`, in any order: then words are taken in, and folded at the end.

    output (w << 8 | w >> 8) & 0xffff    word << 8 & 0xff00ff00ff00ff00 | word >> 8 & 0x00ff00ff00ff00ff
    sum = carry_add(sum, w)              wide = carry_add of 64 bits (wide, word); folded: 64 -> 16 bits

That a lifted pipe does what the pipe says is proved for these forms by z3 in tests/ash/test_lift.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from ashc.language import syntax
from ashc.names.scope import Scope
from ashc.pipes.pipe import Pipe, Register
from grammar.fields.constant import find_if_constant

Kind: TypeAlias = Literal["sum", "xor"]


@dataclass(frozen=True, slots=True)
class Word:
    """The numbers of a word."""


@dataclass(frozen=True, slots=True)
class Fill:
    """The same number in each place."""

    number: int


@dataclass(frozen=True, slots=True)
class Shift:
    """Each number shifted; bits that leave its place are gone."""

    operator: Literal["<<", ">>"]
    operand: Wide
    amount: int


@dataclass(frozen=True, slots=True)
class Join:
    """The numbers of two words, combined bit by bit."""

    operator: Literal["&", "|", "^"]
    left: Wide
    right: Wide


Wide: TypeAlias = Word | Fill | Shift | Join
"""What is computed of a word; all numbers in it have the bits of the gauge."""


@dataclass(frozen=True, slots=True)
class Lifted:
    """How a pipe takes words.

    Args:
        registers: with how each takes numbers in, in the order of the pipe's registers.
        output: what goes out; `Word()` where nothing changes but perhaps the order of the bytes.
    """

    registers: tuple[tuple[Register, Kind], ...]
    output: Wide


def lift_pipe(scope: Scope, pipe: Pipe) -> Lifted | None:
    """Return how `pipe` takes words, None if it has none of the known forms."""
    if pipe.input.bits != pipe.output.bits or (pipe.registers and not pipe.commutative):
        return None
    names = [step.name for step in pipe.steps if isinstance(step, syntax.Input)]
    lets = {step.name: step.value for step in pipe.steps if isinstance(step, syntax.Let)}
    lifter = _Lifter(scope, pipe.input.bits, names[0], lets)
    kinds: dict[str, Kind] = {}
    output: Wide = Word()
    for step in pipe.steps:
        match step:
            case syntax.Assign(target=target):
                kind = lifter.find_kind(step, pipe)
                if kind is None or target.name in kinds:
                    return None
                kinds[target.name] = kind
            case syntax.Output(value=value):
                lifted = lifter.lift(value)
                if lifted is None:
                    return None
                output = lifted
            case syntax.Input() | syntax.Let():
                continue
    if set(kinds) != {register.name for register in pipe.registers}:
        return None
    return Lifted(tuple((register, kinds[register.name]) for register in pipe.registers), output)


@dataclass(frozen=True, slots=True)
class _Lifter:
    """Lifts the expressions of one pipe.

    Args:
        bits: of its gauge.
        name: of what comes in.
        lets: other names.
    """

    scope: Scope
    bits: int
    name: str
    lets: Mapping[str, syntax.Expression]

    @property
    def mask(self) -> int:
        """All bits of a number."""
        return (1 << self.bits) - 1

    def find_kind(self, step: syntax.Assign, pipe: Pipe) -> Kind | None:
        """Return how a register takes numbers in."""
        register = step.target.name
        bits = next(each.bits for each in pipe.registers if each.name == register)
        match step.value:
            case syntax.Call(name="carry_add", arguments=(left, right)):
                kind: Kind = "sum"
            case syntax.Binary(operator="^", left=left, right=right):
                kind = "xor"
            case _:
                return None
        sides = {_name(left), _name(right)}
        return kind if sides == {register, self.name} and bits == self.bits else None

    def lift(self, expression: syntax.Expression) -> Wide | None:
        """Return what is computed of the low bits of `expression`, all numbers of a word at once."""
        number = find_if_constant(self.scope, expression)
        if number is not None:
            return Fill(number & self.mask)
        match expression:
            case syntax.Path(name=name, steps=()) if name == self.name:
                return Word()
            case syntax.Path(name=name, steps=()) if name in self.lets:
                return self.lift(self.lets[name])
            case syntax.Binary(operator="&" | "|" | "^" as operator, left=left, right=right):
                first, second = self.lift(left), self.lift(right)
                return None if first is None or second is None else Join(operator, first, second)
            case syntax.Binary(operator="<<" | ">>" as operator, left=left, right=right):
                return self._lift_shift(operator, left, right)
            case _:
                return None

    def _lift_shift(
        self, operator: Literal["<<", ">>"], left: syntax.Expression, right: syntax.Expression
    ) -> Wide | None:
        amount, operand = find_if_constant(self.scope, right), self.lift(left)
        if amount is None or operand is None:
            return None
        if operator == ">>" and self._bound(left) > self.mask:
            return None  # bits above the gauge would come down
        return Fill(0) if amount >= self.bits else Shift(operator, operand, amount)

    def _bound(self, expression: syntax.Expression) -> int:
        """Return a number that `expression`, which can be lifted, does not exceed."""
        number = find_if_constant(self.scope, expression)
        if number is not None:
            return number
        match expression:
            case syntax.Path(name=name) if name == self.name:
                return self.mask
            case syntax.Path(name=name):
                return self._bound(self.lets[name])
            case syntax.Binary(operator="&", left=left, right=right):
                return min(self._bound(left), self._bound(right))
            case syntax.Binary(operator="<<", left=left, right=right):
                return self._bound(left) << (find_if_constant(self.scope, right) or 0)
            case syntax.Binary(operator=">>", left=left, right=right):
                return self._bound(left) >> (find_if_constant(self.scope, right) or 0)
            case syntax.Binary(left=left, right=right):
                return (1 << max(self._bound(left), self._bound(right)).bit_length()) - 1
            case _:
                raise AssertionError("only what can be lifted is asked about")


def _name(expression: syntax.Expression) -> str | None:
    return expression.name if isinstance(expression, syntax.Path) and not expression.steps else None
