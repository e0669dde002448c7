"""Exact arithmetic on known numbers: what `+`, `<<`, `wrapping(...)` and comparisons give.

In: an operator and two numbers from 0 to 2**64 - 1. Out: the result, or a sentence that says why there is
none.
"""

from __future__ import annotations

from grammar.fields.syntax import BinaryOperator, CompareOperator

TOP = (1 << 64) - 1


class Inexact(Exception):  # noqa: N818  (a property of the numbers)
    """There is no result; the message says why."""


def calculate(operator: BinaryOperator, left: int, right: int, wrapping: bool = False) -> int:
    """Return `left operator right`.

    Raises:
        Inexact: it is negative or larger than 64 bits and not `wrapping`, or it is not defined at all.
    """
    if operator in {"/", "%"} and right == 0:
        raise Inexact(f"{left} {operator} 0 has no result")
    if operator in {"<<", ">>"} and right > 63:
        raise Inexact(f"{left} {operator} {right} shifts by more than 63")
    result = _combine(operator, left, right)
    if wrapping:
        return result & TOP
    if not 0 <= result <= TOP:
        raise Inexact(f"{left} {operator} {right} is {'negative' if result < 0 else 'more than 64 bits'}")
    return result


def _combine(operator: BinaryOperator, left: int, right: int) -> int:
    match operator:
        case "+":
            return left + right
        case "-":
            return left - right
        case "*":
            return left * right
        case "/":
            return left // right
        case "%":
            return left % right
        case "<<":
            return left << right
        case ">>":
            return left >> right
        case "&":
            return left & right
        case "|":
            return left | right
        case "^":
            return left ^ right


def compare(operator: CompareOperator, left: int, right: int) -> bool:
    """Return whether `left operator right`."""
    match operator:
        case "==":
            return left == right
        case "!=":
            return left != right
        case "<":
            return left < right
        case "<=":
            return left <= right
        case ">":
            return left > right
        case ">=":
            return left >= right
