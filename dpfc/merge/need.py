"""Which bytes of the message an expression needs, and in which order a classifier should look at things.

In: expressions. Out: `Room` subjects, which make "this load is inside the captured message" an ordinary test,
and a sort key that puts tests in message order: the shift that leads somewhere, the room there, the fields.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

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


@dataclass(frozen=True, slots=True)
class Room:
    """1 when at least `size` bytes were captured from `base` on, else 0, also when the base has no place."""

    base: Base
    size: int


@dataclass(frozen=True, slots=True)
class Found:
    """The number of the filter whose row in a table has the message's key; 0 when no row has.

    Args:
        table: its name; the table is open: its rows come and go without anything being compiled.
        words: for each word of the key, the loads that it is made of, most significant first.
        ordered: whether rows are ranges that may overlap, and the first that has the key counts.
    """

    table: str
    words: tuple[tuple[Field, ...], ...]
    ordered: bool = False

    @property
    def loads(self) -> tuple[Field, ...]:
        """All loads of the key."""
        return tuple(load for word in self.words for load in word)


Subject: TypeAlias = Expression | Room | Found
"""What a test looks at."""

FOUND_BITS = 32


def iterate_needs(expression: Expression) -> Iterator[tuple[Base, int]]:
    """Yield (base, bytes): `expression` has a value when each base has at least so many bytes of room.

    Needs come in an order in which each may be tested once those before it hold.
    """
    match expression:
        case Field(base=base, offset=offset, bits=bits):
            yield from _iterate_base_needs(base)
            yield base, (offset + bits + 7) // 8
        case Arithmetic(left=left, right=right) | Comparing(left=left, right=right):
            yield from iterate_needs(left)
            yield from iterate_needs(right)
        case ChainKey(chain=chain):
            yield from _iterate_base_needs(chain.start)
            yield from iterate_needs(chain.key)
        case Number() | Captured():
            return


def _iterate_base_needs(base: Base) -> Iterator[tuple[Base, int]]:
    match base:
        case Shift(base=before, amount=amount):
            yield from _iterate_base_needs(before)
            yield from iterate_needs(amount)
        case ChainEnd(chain=chain):
            yield from iterate_needs(ChainKey(chain))
        case Start() | Here():
            return


def list_needs(*expressions: Expression) -> tuple[Room, ...]:
    """Return what must be 1 for all `expressions` to have values, in an order in which they may be tested.

    One is implied by the others: the message is at least as long as the bases need at their nearest.
    Classifiers test that early, and so reject short messages with one comparison.
    """
    needs: dict[Base, int] = {}
    for base, size in (need for expression in expressions for need in iterate_needs(expression)):
        needs[base] = max(size, needs.get(base, 0))
    nearest = max((_least_offset(base) + size for base, size in needs.items()), default=0)
    if nearest > needs.get(Start(), 0):
        needs = {Start(): nearest, **{base: size for base, size in needs.items() if base != Start()}}
    return tuple(Room(base, size) for base, size in needs.items())


def _least_offset(base: Base) -> int:
    """Return an offset that `base` is certainly not before."""
    match base:
        case Shift(base=before, amount=amount):
            return _least_offset(before) + _least_value(amount)
        case ChainEnd(chain=chain):
            return _least_offset(chain.start)
        case Start() | Here():
            return 0


def _least_value(expression: Expression) -> int:
    match expression:
        case Number(number=number):
            return number
        case Arithmetic(operator="+", left=left, right=right):
            return _least_value(left) + _least_value(right)
        case _:
            return 0


def order_key(subject: Subject) -> tuple[int, int, int]:
    """Return a key that sorts subjects in message order; ties are broken by the caller, by first appearance.

    The key is (depth of the deepest base, offset in bits, width in bits). A shift is one deeper than the
    loads that its amount needs. A room comes before every load that needs it: none touches more than nine
    bytes. Arithmetic comes behind all tests of any bit that it computes with: they may guard it.
    """
    match subject:
        case Room(base=base, size=size):
            return _depth(base), 8 * (size - 9), 0
        case Found():  # asked when everything else is known
            return _LAST, 0, 0
        case Field(base=base, offset=offset, bits=bits):
            return _depth(base), offset, bits
        case _:
            fields = tuple(_iterate_fields(subject))
            depth = max((_depth(field.base) for field in fields), default=0)
            ends = (field.offset + field.bits for field in fields if _depth(field.base) == depth)
            return depth, max(ends, default=1) - 1, 64


_LAST = 1 << 30


def _depth(base: Base) -> int:
    match base:
        case Start() | Here():
            return 0
        case Shift(base=before, amount=amount):
            return 1 + max(_depth(before), _expression_depth(amount))
        case ChainEnd(chain=chain):
            return 1 + max(_depth(chain.start), _expression_depth(chain.key))


def _expression_depth(expression: Expression) -> int:
    return max((_depth(field.base) for field in _iterate_fields(expression)), default=0)


def _iterate_fields(expression: Expression) -> Iterator[Field]:
    match expression:
        case Field():
            yield expression
        case Arithmetic(left=left, right=right) | Comparing(left=left, right=right):
            yield from _iterate_fields(left)
            yield from _iterate_fields(right)
        case ChainKey(chain=chain):
            yield from _iterate_fields(chain.key)
        case Number() | Captured():
            return


def value_bits(subject: Subject) -> int:
    """Return the number of bits that suffice for every value of `subject`."""
    match subject:
        case Field(bits=bits):
            return bits
        case Comparing() | Room():
            return 1
        case Found():
            return FOUND_BITS
        case Number(number=number):
            return max(1, number.bit_length())
        case Arithmetic() | ChainKey() | Captured():
            return 64
