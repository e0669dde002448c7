"""Equalities of several fields as few comparisons of machine words: the paper's coalesced atoms.

In: fields and the numbers that they must be, all of them inside the message. Out: loads of 1, 2, 4 or 8
bytes, each with a mask and what must be left of it, that hold together exactly when all of the fields do.

    12:16 == 0x800, 14:8 == 0x45, 23:8 == 6, 36:16 == 80

        4 bytes at 12 & ffffff00 == 08004500    1 byte at 23 == 06    2 bytes at 36 == 0050
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
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
    ValueSet,
)
from dpfc.merge.need import Found, Room, Subject

SIZES = (1, 2, 4, 8)
"""The loads that there are, in bytes."""


@dataclass(frozen=True, slots=True)
class Equality:
    """`field` is in `low` to `low + 2**free - 1`: all but its lowest `free` bits are given."""

    field: Field
    low: int
    free: int


@dataclass(frozen=True, slots=True)
class Word:
    """`data[i] & mask[i]` is asked of byte `first + i` behind `base`."""

    base: Base
    first: int
    mask: bytes
    data: bytes


_Byte: TypeAlias = tuple[int, int]
"""A mask and what must be left of the byte."""


def find_equality(subject: Subject, values: ValueSet) -> Equality | None:
    """Return what the test asks for, if that is that some upper bits of a field are given."""
    if not isinstance(subject, Field) or subject.little or len(values) != 1:
        return None
    low, high = values[0]
    free = (high - low + 1).bit_length() - 1
    is_block = high - low + 1 == 1 << free and low % (1 << free) == 0 and high >> subject.bits == 0
    return Equality(subject, low, free) if is_block else None


def join_equalities(equalities: Iterable[Equality]) -> tuple[Word, ...] | None:
    """Return words that hold together exactly when all `equalities` do, of each base as few as possible.

    None when two of them contradict each other, so that no message satisfies all.
    """
    wanted: dict[Base, dict[int, _Byte]] = {}
    ends: dict[Base, int] = {}
    for one in equalities:
        base = one.field.base
        found = wanted.setdefault(base, {})
        ends[base] = max(ends.get(base, 0), (one.field.offset + one.field.bits + 7) // 8)
        for place, mask, data in _list_bytes(one):
            old_mask, old_data = found.get(place, (0, 0))
            if (old_data ^ data) & old_mask & mask:
                return None
            found[place] = (old_mask | mask, old_data | data)
    return tuple(word for base, found in wanted.items() for word in _cover(base, found, ends[base]))


def list_operands(subjects: Iterable[Subject]) -> frozenset[Field]:
    """Return the fields that arithmetic in any of `subjects`, or on the way to them, computes with."""
    bases: dict[Base, None] = {}
    operands: dict[Field, None] = {}
    for subject in subjects:
        match subject:
            case Field(base=base) | Room(base=base):
                bases[base] = None
            case Found(loads=loads):
                bases.update((load.base, None) for load in loads)
            case _:
                operands.update((field, None) for field in _iterate_fields(subject))
    return frozenset((*operands, *(field for base in bases for field in _iterate_base_fields(base))))


def _list_bytes(one: Equality) -> Iterator[tuple[int, int, int]]:
    """Yield (byte, mask, data) for each byte that the equality looks at."""
    first, end = one.field.offset // 8, (one.field.offset + one.field.bits + 7) // 8
    spare = 8 * end - one.field.offset - one.field.bits
    mask = ((1 << one.field.bits) - (1 << one.free)) << spare
    for place, (bits, data) in enumerate(
        zip(mask.to_bytes(end - first, "big"), (one.low << spare).to_bytes(end - first, "big")), start=first
    ):
        if bits:
            yield place, bits, data & bits


def _cover(base: Base, wanted: dict[int, _Byte], end: int) -> Iterator[Word]:
    """Yield words that have all wanted bytes, none of them reaching behind `end`."""
    places = sorted(wanted)
    while places:
        first = places[0]
        span = max(place for place in places if place < first + SIZES[-1]) + 1 - first
        size = next(size for size in SIZES if size >= span)
        start = min(first, end - size)
        if start < 0:
            size, start = max(size for size in SIZES if size <= span), first
        found = [wanted.get(place, (0, 0)) for place in range(start, start + size)]
        yield Word(base, start, bytes(mask for mask, _ in found), bytes(data for _, data in found))
        places = [place for place in places if place >= start + size]


def _iterate_fields(part: Expression) -> Iterator[Field]:
    match part:
        case Field(base=base):
            yield part
            yield from _iterate_base_fields(base)
        case Arithmetic(left=left, right=right) | Comparing(left=left, right=right):
            yield from _iterate_fields(left)
            yield from _iterate_fields(right)
        case ChainKey(chain=chain):
            yield from _iterate_fields(chain.key)
            yield from _iterate_base_fields(chain.start)
        case Number() | Captured():
            return


def _iterate_base_fields(base: Base) -> Iterator[Field]:
    match base:
        case Shift(base=before, amount=amount):
            yield from _iterate_base_fields(before)
            yield from _iterate_fields(amount)
        case ChainEnd(chain=chain):
            yield from _iterate_fields(ChainKey(chain))
        case Start() | Here():
            return
