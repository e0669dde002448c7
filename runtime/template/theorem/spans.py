"""Spans of bytes as terms: when two of them meet, when one is inside the object, what is in it.

In: offsets and lengths, 64-bit terms. Out: Boolean terms. Sums wrap; so what is said of two spans is said of
spans inside the object, which is a theorem of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from runtime.check import smt
from runtime.check.smt import Term
from runtime.ir.nodes import Type
from runtime.template.nodes import Extent


@dataclass(frozen=True, slots=True, eq=False)
class Bytes:
    """`length` bytes at `offset`, there when `present`."""

    present: Term
    offset: Term
    length: Term


def word(number: int) -> Term:
    """Return the 64-bit term of a number."""
    return smt.number_term(number, Type.U64)


def equal(first: Term, second: Term) -> Term:
    """Return that two numbers are equal; decided at once where both are constants."""
    return smt.compare_term("eq", first, second)


def below(first: Term, second: Term) -> Term:
    """Return that `first` is less than `second`."""
    return smt.compare_term("ult", first, second)


def at_most(first: Term, second: Term) -> Term:
    """Return that `first` is not more than `second`."""
    return smt.compare_term("ule", first, second)


def add(first: Term, second: Term) -> Term:
    """Return the wrapped sum."""
    return smt.simplify(smt.binary_term("add", first, second))


def subtract(first: Term, second: Term) -> Term:
    """Return the wrapped difference."""
    return smt.simplify(smt.binary_term("sub", first, second))


def place_extent(extent: Extent, length: Term, base: Term | None = None) -> Bytes:
    """Return the bytes of a declared extent in an object of `length` bytes, which may lie at `base`."""
    offset = word(extent.offset)
    size = subtract(length, offset) if extent.length is None else word(extent.length)
    present = at_most(offset, length)
    return Bytes(present, offset if base is None else add(base, offset), size)


def is_inside(bytes_: Bytes, length: Term) -> Term:
    """Return that the bytes end where an object of `length` bytes ends, or before."""
    return smt.conjunction(
        at_most(bytes_.offset, length), at_most(bytes_.length, subtract(length, bytes_.offset))
    )


def leaves(bytes_: Bytes, length: Term) -> Term:
    """Return that bytes are present, and not all of them inside the object."""
    return smt.conjunction(bytes_.present, smt.negation(is_inside(bytes_, length)))


def meet(first: Bytes, second: Bytes) -> Term:
    """Return that two spans, both present and inside the object, have a byte in common."""
    zero = word(0)
    return smt.conjunction(
        first.present,
        second.present,
        below(zero, first.length),
        below(zero, second.length),
        below(first.offset, add(second.offset, second.length)),
        below(second.offset, add(first.offset, first.length)),
    )


def any_meet(first: Sequence[Bytes], second: Sequence[Bytes]) -> Term:
    """Return that some span of `first` meets some span of `second`."""
    return smt.disjunction(*(meet(one, other) for one in first for other in second))


def holds_byte(bytes_: Bytes, place: Term) -> Term:
    """Return that the byte at `place` belongs to `bytes_`."""
    return smt.conjunction(bytes_.present, below(subtract(place, bytes_.offset), bytes_.length))
