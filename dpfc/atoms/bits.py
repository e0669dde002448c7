"""Values bit by bit: where in the message each bit of an expression comes from.

In: expressions. Out: for each of 64 bits, a constant or a *wire* to a bit of the message; and expressions
written from bits, one way for each value. Masks, shifts by constants, multiplications by powers of two, byte
orders and disjoint sums all come down to this, so that their many spellings become one:

    (0:8 & 0xf) * 4      4 * (0:8 & 15)      (0:8 << 2) & 0x3c             0.4:4 << 2

Only arithmetic that cannot wrap has bits; everything else keeps what the checker must prove of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

from dpfc.formula import Arithmetic, Base, Expression, Field, Number
from runtime.source import Span

WIDTH = 64


@dataclass(frozen=True, slots=True)
class Wire:
    """The bit at `position` from `base` (bit 0: the top bit of its first byte), perhaps inverted."""

    base: Base
    position: int
    inverted: bool = False


Bit: TypeAlias = int | Wire
"""0, 1, or a bit of the message."""

Bits: TypeAlias = tuple[Bit, ...]
"""The WIDTH bits of a value, least significant first."""


@dataclass(frozen=True, slots=True)
class Run:
    """Bits of the message that stand side by side in a value too.

    Args:
        field: their load.
        shift: where in the value the lowest of them is.
        flip: which of them are inverted.
    """

    field: Field
    shift: int
    flip: int


def read_bits(expression: Expression) -> Bits | None:
    """Return the bits of `expression`, None where it can wrap or is no plain rearrangement of bits."""
    match expression:
        case Number(number=number):
            return tuple(number >> place & 1 for place in range(WIDTH))
        case Field(base=base, offset=offset, bits=bits, little=True):
            return _pad(Wire(base, offset + (place & ~7) + 7 - place % 8) for place in range(bits))
        case Field(base=base, offset=offset, bits=bits):
            return _pad(Wire(base, offset + bits - 1 - place) for place in range(bits))
        case Arithmetic(operator="&" | "|" | "^" | "+" | "-" as operator, left=left, right=right):
            first, second = read_bits(left), read_bits(right)
            return None if first is None or second is None else _combine(_TABLES[operator], first, second)
        case Arithmetic(operator=operator, left=left, right=Number(number=number)):
            bits_of_left = read_bits(left)
            return None if bits_of_left is None else _move(operator, bits_of_left, number)
        case Arithmetic(operator="*", left=Number() as left, right=right):
            return read_bits(Arithmetic("*", right, left))
        case _:
            return None


def write_bits(bits: Bits, span: Span) -> Expression:
    """Return the one expression for `bits`."""
    little = _find_little(bits)
    if little is not None:
        return little
    ones = sum(1 << place for place, bit in enumerate(bits) if bit == 1)
    flips = sum(run.flip << run.shift for run in list_runs(bits))
    result: Expression | None = None
    for run in list_runs(bits):
        part = Arithmetic("<<", run.field, Number(run.shift), span) if run.shift else run.field
        result = part if result is None else Arithmetic("|", result, part, span)
    if result is None:
        return Number(ones)
    if flips:
        result = Arithmetic("^", result, Number(flips), span)
    return Arithmetic("+", result, Number(ones), span) if ones else result


def list_runs(bits: Bits) -> tuple[Run, ...]:
    """Return the runs of wires in `bits`, most significant first."""
    runs: list[Run] = []
    before: Bit = 0
    for place in reversed(range(WIDTH)):
        bit = bits[place]
        if isinstance(bit, Wire):
            flip = int(bit.inverted)
            if isinstance(before, Wire) and before.position + 1 == bit.position and before.base == bit.base:
                last = runs[-1]
                field = Field(bit.base, last.field.offset, last.field.bits + 1)
                runs[-1] = Run(field, place, last.flip << 1 | flip)
            else:
                runs.append(Run(Field(bit.base, bit.position, 1), place, flip))
        before = bit
    return tuple(runs)


def _pad(wires: Iterator[Bit]) -> Bits:
    known = tuple(wires)
    return (*known, *(0,) * (WIDTH - len(known)))


def _combine(table: Callable[[Bit, Bit], Bit | None], first: Bits, second: Bits) -> Bits | None:
    result: list[Bit] = []
    for one, other in zip(first, second):
        bit = table(one, other)
        if bit is None:
            return None
        result.append(bit)
    return tuple(result)


def _and(one: Bit, other: Bit) -> Bit | None:
    if one == 0 or other == 0:
        return 0
    if one == 1 or one == other:
        return other
    return one if other == 1 else None


def _or(one: Bit, other: Bit) -> Bit | None:
    if one == 1 or other == 1:
        return 1
    if one == 0 or one == other:
        return other
    return one if other == 0 else None


def _xor(one: Bit, other: Bit) -> Bit | None:
    match one, other:
        case 0 | 1, 0 | 1:
            return int(one != other)
        case Wire(), 0 | 1:
            return Wire(one.base, one.position, one.inverted != bool(other))
        case 0 | 1, Wire():
            return _xor(other, one)
        case _:
            return 0 if one == other else None


def _add(one: Bit, other: Bit) -> Bit | None:
    """Return the sum of two bits where there is nothing to carry."""
    if one == 0:
        return other
    return one if other == 0 else None


def _subtract(one: Bit, other: Bit) -> Bit | None:
    """Return the difference of two bits where there is nothing to borrow."""
    if other == 0:
        return one
    return 0 if one == other else None


_TABLES: dict[str, Callable[[Bit, Bit], Bit | None]] = {
    "&": _and,
    "|": _or,
    "^": _xor,
    "+": _add,
    "-": _subtract,
}


def _move(operator: str, bits: Bits, number: int) -> Bits | None:
    """Return `bits operator number` for a shift, or for a multiplication or division by a power of two."""
    if operator in {"*", "/", "%"}:
        if number == 0 or number & (number - 1):
            return None
        power = number.bit_length() - 1
        if operator == "%":
            return (*bits[:power], *(0,) * (WIDTH - power))
        operator, number = "<<" if operator == "*" else ">>", power
    if number >= WIDTH:
        return None
    if operator == ">>":
        return (*bits[number:], *(0,) * number)
    kept = bits[: WIDTH - number]
    return (*(0,) * number, *kept) if all(bit == 0 for bit in bits[WIDTH - number :]) else None


def _find_little(bits: Bits) -> Field | None:
    """Return the little-endian field that has exactly `bits`, if there is one of more than one byte."""
    size = next((place + 1 for place in reversed(range(WIDTH)) if bits[place] != 0), 0)
    lowest = bits[0]
    if size <= 8 or size % 8 or not isinstance(lowest, Wire) or lowest.position % 8 != 7:
        return None
    field = Field(lowest.base, lowest.position - 7, size, little=True)
    return field if read_bits(field) == bits else None
