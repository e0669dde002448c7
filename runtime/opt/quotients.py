"""Compare with a quotient without dividing, where the product cannot be too large.

    %3 = const u64 3                              %3 = const u64 3
    %4 = udiv %0, %3        # elements            %4 = udiv %0, %3
    %5 = ult %1, %4                  becomes      %5 = mul %1, %3
                                                  %6 = add %5, %3
                                                  %7 = ule %6, %0

How many elements of 12 bits or 3 bytes fit into an object is such a quotient. LLVM divides by multiplying
with a fraction, from which the validator cannot see that the element is inside; the product is linear.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from runtime.check.ranges import analyse_function
from runtime.ir.nodes import Binary, Body, Compare, Constant, For, Function, If, Instruction, Type, Value
from runtime.ir.value_types import find_value_types
from runtime.opt.renumber import renumber_values


def multiply_quotients(function: Function) -> Function:
    """Return `function` with comparisons of products, where it compared with quotients of a constant.

    Args:
        function: proved: ranges may follow from its obligations.
    """
    rewriter = _Rewriter(function)
    body = rewriter.visit_body(function.body)
    return renumber_values(replace(function, body=body)) if rewriter.changed else function


@dataclass(frozen=True, slots=True)
class _Quotient:
    """`dividend` divided by `divisor`, whose number is `number`."""

    dividend: Value
    divisor: Value
    number: int


class _Rewriter:
    """The quotients and constants so far, and the next free number."""

    def __init__(self, function: Function) -> None:
        self._function = function
        self._types = find_value_types(function)
        self._highs: dict[Value, int] = {}
        self._next = len(self._types)
        self._constants: dict[Value, int] = {}
        self._quotients: dict[Value, _Quotient] = {}
        self.changed = False

    def visit_body(self, body: Body) -> Body:
        """Return `body` with its comparisons rewritten."""
        return tuple(new for instruction in body for new in self._visit(instruction))

    def _visit(self, instruction: Instruction) -> Iterator[Instruction]:
        match instruction:
            case Constant(target=target, number=number):
                self._constants[target] = number
            case Binary(target=target, operator="udiv", left=left, right=right) if right in self._constants:
                self._quotients[target] = _Quotient(left, right, self._constants[right])
            case Compare(operator="ult" | "ule", left=left, right=right) if right in self._quotients:
                quotient = self._quotients[right]
                if self._find_high(left) * quotient.number + quotient.number <= Type.U64.maximum:
                    yield from self._compare(instruction, quotient)
                    return
            case If(then=then, otherwise=otherwise):
                arms = self.visit_body(then), self.visit_body(otherwise)
                instruction = replace(instruction, then=arms[0], otherwise=arms[1])
            case For(body=inner):
                instruction = replace(instruction, body=self.visit_body(inner))
            case _:
                pass
        yield instruction

    def _compare(self, comparison: Compare, quotient: _Quotient) -> Iterator[Instruction]:
        """Yield the same comparison: x < a / c is x * c + c <= a, and x <= a / c is x * c <= a."""
        self.changed = True
        product, span = self._make_value(), comparison.span
        yield Binary(product, "mul", comparison.left, quotient.divisor, span=span)
        if comparison.operator == "ult":
            following = self._make_value()
            yield Binary(following, "add", product, quotient.divisor, span=span)
            product = following
        yield Compare(comparison.target, "ule", product, quotient.dividend, span)

    def _find_high(self, value: Value) -> int:
        """Return the largest number that `value`, a u64, may have; the others may be anything."""
        if self._types[value] is not Type.U64:
            return Type.U64.maximum
        if not self._highs:
            ranges = analyse_function(self._function).ranges
            self._highs = {each: known.high for each, known in ranges.items()}
        return self._highs[value]

    def _make_value(self) -> Value:
        self._next += 1
        return Value(self._next - 1)
