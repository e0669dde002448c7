"""What the fast pass knows about one number: an interval, and which bits may or must be one.

In: what is known of the operands of an operation on unsigned numbers. Out: what is known of its result. The
operations here are those without a linear meaning; sums are the business of `linear`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Range:
    """A set of numbers: `low <= n <= high`, n has no bit outside `may` and every bit of `must`."""

    low: int
    high: int
    may: int
    must: int

    @property
    def empty(self) -> bool:
        """True when no number is left: the place cannot be reached."""
        return self.low > self.high or bool(self.must & ~self.may)

    def __contains__(self, number: int) -> bool:
        """Say whether `number` is in the set."""
        return self.low <= number <= self.high and not number & ~self.may and number & self.must == self.must


def make_range(low: int, high: int, may: int | None = None, must: int = 0) -> Range:
    """Return the range, each half tightened by the other; `may` None: any bit."""
    if low > high:
        return Range(low, high, 0, 0)
    common = _common_prefix(low, high)
    may = common | low if may is None else may & (common | low)
    must |= low & ~common
    return Range(max(low, must), min(high, may), may, must)


def single(number: int) -> Range:
    """Return the range of one number."""
    return Range(number, number, number, number)


def whole(bits: int) -> Range:
    """Return the range of all numbers of a type of so many bits."""
    top = (1 << bits) - 1
    return Range(0, top, top, 0)


def meet(first: Range, second: Range) -> Range:
    """Return the numbers in both."""
    low, high = max(first.low, second.low), min(first.high, second.high)
    return make_range(low, high, first.may & second.may, first.must | second.must)


def join(first: Range, second: Range) -> Range:
    """Return a range with the numbers of either."""
    low, high = min(first.low, second.low), max(first.high, second.high)
    return Range(low, high, first.may | second.may, first.must & second.must)


def includes(outer: Range, inner: Range) -> bool:
    """Say whether every number of `inner` is in `outer`."""
    bits = not inner.may & ~outer.may and not outer.must & ~inner.must
    return inner.empty or (outer.low <= inner.low and inner.high <= outer.high and bits)


def combine_bits(operator: Literal["and", "or", "xor"], left: Range, right: Range) -> Range:
    """Return the range of `left operator right`, operator being and, or, xor."""
    match operator:
        case "and":
            high = min(left.high, right.high)
            return make_range(0, high, left.may & right.may, left.must & right.must)
        case "or":
            may = left.may | right.may
            return make_range(max(left.low, right.low), may, may, left.must | right.must)
        case "xor":
            may = (left.may | right.may) & ~(left.must & right.must)
            must = (left.must & ~right.may) | (right.must & ~left.may)
            return make_range(0, may, may, must)


def multiply(left: Range, right: Range, top: int) -> Range:
    """Return the range of the exact product, given that it is at most `top`."""
    return make_range(left.low * right.low, min(left.high * right.high, top))


def divide(left: Range, right: Range) -> Range:
    """Return the range of the quotient, given that the divisor is not 0."""
    return make_range(left.low // max(right.high, 1), left.high // max(right.low, 1))


def remainder(left: Range, right: Range) -> Range:
    """Return the range of the remainder, given that the divisor is not 0."""
    if left.high < right.low:
        return left
    return make_range(0, min(left.high, max(right.high - 1, 0)))


def shift_left(left: Range, right: Range, top: int) -> Range:
    """Return the range of the exact shift, given that the result is at most `top`."""
    if right.low > 64:
        return make_range(0, 0)
    return make_range(left.low << right.low, min(left.high << min(right.high, 64), top))


def shift_right(left: Range, right: Range) -> Range:
    """Return the range of `left >> right`."""
    low, high = left.low >> min(right.high, 64), left.high >> right.low
    if right.low == right.high:
        return make_range(low, high, left.may >> right.low, left.must >> right.low)
    return make_range(low, high)


def _common_prefix(low: int, high: int) -> int:
    """Return a mask of the bits below the highest bit in which `low` and `high` differ."""
    return (1 << (low ^ high).bit_length()) - 1
