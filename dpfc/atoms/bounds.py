"""What values an expression can have, whatever the message, and whether its arithmetic can wrap.

In: expressions. Out: an upper bound, and a plain no or perhaps. The checker knows more; this decides only
which tests may change places, and which constants may go to the other side of a comparison.
"""

from __future__ import annotations

from dpfc.formula import (
    Arithmetic,
    Base,
    Captured,
    ChainEnd,
    ChainKey,
    Comparing,
    Expression,
    Field,
    Here,
    Number,
    Shift,
    Start,
)
from dpfc.valueset import TOP
from runtime import limits

_FAR = 1 << 32
"""A few distances up to this add up to a 64-bit number."""


def find_maximum(expression: Expression) -> int:
    """Return a number that no value of `expression` exceeds, perhaps TOP."""
    match expression:
        case Number(number=number):
            return number
        case Field(bits=bits):
            return (1 << bits) - 1
        case Comparing():
            return 1
        case Captured():
            return limits.MAX_MESSAGE_BYTES
        case ChainKey():
            return TOP
        case Arithmetic(left=left, right=right):
            return min(TOP, _calculate_maximum(expression, find_maximum(left), find_maximum(right)))


def can_wrap(expression: Expression) -> bool:
    """Say whether arithmetic in `expression`, once its loads have values, may have no exact result."""
    match expression:
        case Number() | Captured() | Field():
            return False
        case ChainKey():
            return True
        case Comparing(left=left, right=right):
            return can_wrap(left) or can_wrap(right)
        case Arithmetic(left=left, right=right):
            return not _is_exact(expression) or can_wrap(left) or can_wrap(right)


def can_place_wrap(expression: Expression) -> bool:
    """Say whether the arithmetic that places the loads in `expression` may have no exact result."""
    match expression:
        case Number() | Captured():
            return False
        case Field(base=base):
            return _can_base_wrap(base)
        case ChainKey():
            return True
        case Comparing(left=left, right=right) | Arithmetic(left=left, right=right):
            return can_place_wrap(left) or can_place_wrap(right)


def _can_base_wrap(base: Base) -> bool:
    match base:
        case Start() | Here():
            return False
        case ChainEnd():
            return True
        case Shift(base=before, amount=amount):
            unsafe = find_maximum(amount) > _FAR or can_wrap(amount) or can_place_wrap(amount)
            return unsafe or _can_base_wrap(before)


def _calculate_maximum(part: Arithmetic, left: int, right: int) -> int:
    match part.operator:
        case "+":
            return left + right
        case "*":
            return left * right
        case "&":
            return min(left, right)
        case "|" | "^":
            return (1 << max(left, right).bit_length()) - 1
        case "<<":
            return left << min(right, 63)
        case "%":
            return min(left, max(right - 1, 0))
        case ">>" | "/" if isinstance(part.right, Number) and part.right.number:
            return left >> min(right, 63) if part.operator == ">>" else left // right
        case "-" | ">>" | "/":
            return left


def _is_exact(part: Arithmetic) -> bool:
    """Say whether this operation has an exact result for all operands that it can have."""
    left, right = find_maximum(part.left), find_maximum(part.right)
    match part.operator:
        case "&" | "|" | "^":
            return True
        case "+" | "*":
            return _calculate_maximum(part, left, right) <= TOP
        case "-":
            return isinstance(part.left, Number) and right <= left
        case "/" | "%":
            return isinstance(part.right, Number) and right > 0
        case ">>":
            return right < 64
        case "<<":
            return right < 64 and left << right <= TOP
