"""Arithmetic: from operands to an operand, folding what is known.

Known(2) + Known(3)      ->  Known(5)
Made(%1) * Known(4)      ->  %2 = const u64 4;  %3 = mul %1, %2
"""

from __future__ import annotations

from grammar.fields.constant import refuse_inexact
from grammar.fields.exact import TOP, Inexact, calculate, compare
from grammar.fields.syntax import BinaryOperator, CompareOperator
from grammar.lowering.making import Making
from grammar.lowering.operand import Known, Made, Operand, bound_result, combine_lines, line_of
from runtime.ir import nodes as ir
from runtime.ir.nodes import Type
from runtime.source import Span

_OPERATORS: dict[BinaryOperator, ir.BinaryOperator] = {
    "+": "add",
    "-": "sub",
    "*": "mul",
    "/": "udiv",
    "%": "urem",
    "<<": "shl",
    ">>": "lshr",
    "&": "and",
    "|": "or",
    "^": "xor",
}
_CAN_WRAP = frozenset({"+", "-", "*", "<<"})
_NEUTRAL_RIGHT = frozenset({("+", 0), ("-", 0), ("*", 1), ("/", 1), ("<<", 0), (">>", 0)})
_NEUTRAL_LEFT = frozenset({("+", 0), ("*", 1)})


def combine(
    frame: Making,
    operator: BinaryOperator,
    left: Operand,
    right: Operand,
    span: Span,
    wrapping: bool = False,
) -> Operand:
    """Return `left operator right`.

    Raises:
        Refused: 017 if both are known and the result is not exact, or the divisor is 0.
    """
    if isinstance(right, Known):
        if isinstance(left, Known):
            return Known(_fold(frame, operator, left.number, right.number, span, wrapping))
        if (right.number > 63 and operator in {"<<", ">>"}) or (not right.number and operator in {"/", "%"}):
            _fold(frame, operator, 0, right.number, span, wrapping)
    if isinstance(right, Known) and (operator, right.number) in _NEUTRAL_RIGHT:
        return left
    if isinstance(left, Known) and (operator, left.number) in _NEUTRAL_LEFT:
        return right
    wraps = wrapping and operator in _CAN_WRAP
    value = frame.builder.binary(_OPERATORS[operator], frame.value(left), frame.value(right), wraps)
    high = TOP if wraps else bound_result(operator, left, right)
    line = None if wraps else combine_lines(operator, line_of(left), line_of(right))
    return Made(value, high, line)


def _fold(frame: Making, operator: BinaryOperator, left: int, right: int, span: Span, wrapping: bool) -> int:
    try:
        return calculate(operator, left, right, wrapping)
    except Inexact as inexact:
        raise refuse_inexact(frame.language, inexact, span) from inexact


def compare_operands(frame: Making, operator: CompareOperator, left: Operand, right: Operand) -> Operand:
    """Return the condition `left operator right`."""
    if isinstance(left, Known) and isinstance(right, Known):
        return Known(int(compare(operator, left.number, right.number)))
    first, second = frame.value(left), frame.value(right)
    builder = frame.builder
    match operator:
        case "==":
            value = builder.compare("eq", first, second)
        case "!=":
            value = builder.compare("ne", first, second)
        case "<":
            value = builder.compare("ult", first, second)
        case "<=":
            value = builder.compare("ule", first, second)
        case ">":
            value = builder.compare("ult", second, first)
        case ">=":
            value = builder.compare("ule", second, first)
    return Made(value, 1)


def both(frame: Making, left: Operand, right: Operand) -> Operand:
    """Return the condition `left and right`, both evaluated."""
    if isinstance(left, Known):
        return right if left.number else left
    if isinstance(right, Known):
        return left if right.number else right
    return Made(frame.builder.binary("and", left.value, right.value), 1)


def either(frame: Making, left: Operand, right: Operand) -> Operand:
    """Return the condition `left or right`, both evaluated."""
    if isinstance(left, Known):
        return left if left.number else right
    if isinstance(right, Known):
        return right if right.number else left
    return Made(frame.builder.binary("or", left.value, right.value), 1)


def negate(frame: Making, condition: Operand) -> Operand:
    """Return the condition `not condition`."""
    if isinstance(condition, Known):
        return Known(1 - condition.number)
    return Made(frame.builder.binary("xor", condition.value, frame.builder.constant(Type.U1, 1)), 1)


def choose(frame: Making, condition: Operand, yes: Operand, no: Operand) -> Operand:
    """Return `yes` where the condition holds, else `no`; both are evaluated."""
    if isinstance(condition, Known):
        return yes if condition.number else no
    value = frame.builder.select(condition.value, frame.value(yes), frame.value(no))
    return Made(value, max(yes.high, no.high))


def is_inside(frame: Making, value: Operand, ranges: list[tuple[Operand, Operand]]) -> Operand:
    """Return the condition that `value` lies in one of the ranges, both ends included."""
    found: Operand = Known(0)
    for low, high in ranges:
        if low == high:
            inside = compare_operands(frame, "==", value, low)
        else:
            above = Known(1) if low == Known(0) else compare_operands(frame, "<=", low, value)
            below = Known(1) if value.high <= (high.number if isinstance(high, Known) else 0) else None
            inside = both(frame, above, below or compare_operands(frame, "<=", value, high))
        found = either(frame, found, inside)
    return found
