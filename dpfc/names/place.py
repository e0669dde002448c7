"""Where something is in a message: a base and a constant distance from it.

In: places and distances. Out: places, and loads at them. Constant distances never become shifts: they are
added up here and end in the offsets of loads.
"""

from __future__ import annotations

from dataclasses import dataclass

from dpfc.formula import (
    Arithmetic,
    Base,
    ChainEnd,
    ChainKey,
    Comparing,
    Expression,
    Field,
    Number,
    Shift,
    Start,
)
from runtime import limits
from runtime.diagnostic import Diagnostic, Refused
from runtime.source import Span


@dataclass(frozen=True, slots=True)
class Place:
    """`distance` bytes behind `base`."""

    base: Base
    distance: int


@dataclass(frozen=True, slots=True)
class Wide:
    """A field of 128 bits, as its upper and its lower half."""

    high: Field
    low: Field


START = Place(Start(), 0)

MAX_BASE = 2000  # nodes of a base: every shift repeats those before it, so they grow exponentially


def move(place: Place, amount: Expression, span: Span) -> Place:
    """Return the place `amount` bytes behind `place`.

    Raises:
        Refused: DPF009 when that is behind the end of every message.
    """
    match amount:
        case Number(number=number):
            if place.distance + number > limits.MAX_MESSAGE_BYTES:
                message = f"this is {place.distance + number} bytes into the message"
                note = f"messages have at most {limits.MAX_MESSAGE_BYTES} bytes"
                raise Refused(Diagnostic("DPF009", message, span, (note,)))
            return Place(place.base, place.distance + number)
        case _:
            base = Shift(place.base, amount, span)
            if _count(base, 0) > MAX_BASE:
                note = "each shift depends on all before it: use fewer, or headers with fixed lengths"
                raise Refused(Diagnostic("DPF043", "too many shifts depend on one another", span, (note,)))
            return Place(base, place.distance)


def base_of(place: Place) -> Base:
    """Return `place` as a base: where a chain starts, the distance has to be a shift after all."""
    return Shift(place.base, Number(place.distance)) if place.distance else place.base


def load(place: Place, offset: int, bits: int, little: bool) -> Field | Wide:
    """Return the load of `bits` at bit `offset` from `place`."""
    start = 8 * place.distance + offset
    if bits == 128:
        return Wide(Field(place.base, start, 64), Field(place.base, start + 64, 64))
    return Field(place.base, start, bits, little)


def _count(part: Base | Expression, so_far: int) -> int:
    """Return `so_far` plus the number of nodes of `part`, or any number above MAX_BASE if that is larger."""
    so_far += 1
    if so_far > MAX_BASE:
        return so_far
    match part:
        case Shift(base=base, amount=amount):
            return _count(amount, _count(base, so_far))
        case Field(base=base):
            return _count(base, so_far)
        case Arithmetic(left=left, right=right) | Comparing(left=left, right=right):
            return _count(right, _count(left, so_far))
        case ChainEnd(chain=chain) | ChainKey(chain=chain):
            return _count(chain.key, _count(chain.start, so_far))
        case _:
            return so_far
