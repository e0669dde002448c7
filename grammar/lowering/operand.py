"""Numbers while they are lowered: known ones, and values of the IR with what the compiler knows of them.

In: nothing. Out: `Known` and `Made`. Nothing is proved with what is kept here: it decides which range a
partition reads and how often a loop may run, and the kernel proves that what comes of it is right.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from grammar.fields.exact import TOP
from grammar.fields.syntax import BinaryOperator
from runtime.ir.nodes import Value


@dataclass(frozen=True, slots=True)
class Known:
    """A number that was known when the program was compiled; of a condition, 0 or 1."""

    number: int

    @property
    def high(self) -> int:
        """The number."""
        return self.number


@dataclass(frozen=True, slots=True)
class Line:
    """`factor * p + base`, p being the partition's own index."""

    factor: int
    base: int


@dataclass(frozen=True, slots=True)
class Made:
    """A value of the function.

    Args:
        high: at most so large.
        line: its form, where it depends on nothing but the partition's own index.
    """

    value: Value
    high: int = TOP
    line: Line | None = None


Operand: TypeAlias = Known | Made


def line_of(operand: Operand) -> Line | None:
    """Return how `operand` depends on the partition's own index; None: on other things too."""
    return Line(0, operand.number) if isinstance(operand, Known) else operand.line


def combine_lines(operator: BinaryOperator, left: Line | None, right: Line | None) -> Line | None:
    """Return the form of `left operator right`, where it has one."""
    if left is None or right is None:
        return None
    match operator:
        case "+":
            return Line(left.factor + right.factor, left.base + right.base)
        case "-":
            return Line(left.factor - right.factor, left.base - right.base)
        case "*" if not right.factor:
            return Line(left.factor * right.base, left.base * right.base)
        case "*" if not left.factor:
            return Line(right.factor * left.base, right.base * left.base)
        case "<<" if not right.factor and right.base < 64:
            return Line(left.factor << right.base, left.base << right.base)
        case _:
            return None


def bound_result(operator: BinaryOperator, left: Operand, right: Operand) -> int:
    """Return a number that `left operator right` does not exceed when it is exact."""
    known = right.number if isinstance(right, Known) else None
    match operator:
        case "+":
            high = left.high + right.high
        case "*":
            high = left.high * right.high
        case "/" if known:
            high = left.high // known
        case "%":
            high = min(left.high, max(right.high - 1, 0))
        case "<<" if right.high < 64:
            high = left.high << right.high
        case "&":
            high = min(left.high, right.high)
        case "|" | "^":
            high = (1 << max(left.high, right.high).bit_length()) - 1
        case ">>" if known is not None:
            high = left.high >> known
        case "-" | "/" | ">>":
            high = left.high
        case "<<":
            high = TOP
    return min(high, TOP)
