"""Where a path leads: from `extents[p].low` to the offset and type of what is loaded or stored.

In: a field or view and the steps from there, indices lowered. Out: a `Place`. Constant indices must exist;
others are the kernel's business: it proves that what is read is inside the object and the read set.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from grammar.fields.fieldtype import Array, BitField, FieldType, Number, Packed, Struct, describe
from grammar.fields.refuse import suggest
from grammar.lowering.arithmetic import combine
from grammar.lowering.making import Making
from grammar.lowering.operand import Known, Line, Made, Operand, line_of
from runtime.source import Span


@dataclass(frozen=True, slots=True)
class NamedStep:
    """`.low`."""

    name: str
    span: Span


@dataclass(frozen=True, slots=True)
class IndexStep:
    """`[p]`, lowered."""

    index: Operand
    span: Span


LoweredStep: TypeAlias = NamedStep | IndexStep


@dataclass(frozen=True, slots=True)
class Place:
    """Bytes of the object with their meaning.

    Args:
        region: whose bytes.
        offset: of the first byte.
        type: what is there.
        bits: names of bits, if it is a number with such.
        path: as written, for messages.
        within: the bytes from and to which the whole field goes; None: unknown, as for a view.
        bit: the bit field that is meant.
    """

    region: str
    offset: Operand
    type: FieldType | PackedEntry
    bits: Mapping[str, BitField]
    path: str
    within: tuple[int, int] | None = None
    bit: BitField | None = None


@dataclass(frozen=True, slots=True)
class PackedEntry:
    """One 12-bit number: `shift` is how far it is above bit 0 of the two bytes at the place's offset."""

    shift: Operand


def take_steps(frame: Making, place: Place, steps: tuple[LoweredStep, ...]) -> Place:
    """Return the place that `steps` lead to from `place`.

    Raises:
        Refused: 011 for a field that does not exist, 015 for a step that its type does not have,
            028 for an element that does not exist.
    """
    for step in steps:
        match step:
            case NamedStep(name=name, span=span):
                place = _take_name(frame, place, name, span)
            case IndexStep(index=index, span=span):
                place = _take_index(frame, place, index, span)
    return place


def _take_name(frame: Making, place: Place, name: str, span: Span) -> Place:
    path = f"{place.path}.{name}"
    match place.type:
        case Struct(fields=fields):
            if name not in fields:
                message = f"`{place.path}` has no field `{name}`"
                raise frame.language.refuse(11, message, span, suggest(name, fields))
            field = fields[name]
            offset = combine(frame, "+", place.offset, Known(field.offset), span)
            return Place(place.region, offset, field.type, field.bits, path, place.within)
        case Number() if place.bits and place.bit is None:
            if name not in place.bits:
                message = f"`{place.path}` has no bits `{name}`"
                raise frame.language.refuse(11, message, span, suggest(name, place.bits))
            return Place(
                place.region, place.offset, place.type, place.bits, path, place.within, place.bits[name]
            )
        case _:
            raise frame.language.refuse(15, f"`{place.path}` has no fields", span, "leave the name out")


def _take_index(frame: Making, place: Place, index: Operand, span: Span) -> Place:
    path = f"{place.path}[{index.number if isinstance(index, Known) else '...'}]"
    match place.type:
        case Array(element=element, count=count):
            _check_index(frame, place, count, index, span)
            distance = combine(frame, "*", index, Known(element.size), span)
            offset = combine(frame, "+", distance, place.offset, span)
            return Place(place.region, offset, element, place.bits, path, place.within)
        case Packed(count=count):
            _check_index(frame, place, count, index, span)
            return _take_packed(frame, place, index, span)
        case Number() | Struct() | PackedEntry():
            what = "a number" if isinstance(place.type, PackedEntry) else describe(place.type)
            raise frame.language.refuse(
                15,
                f"`{place.path}` is {what}: it has no elements",
                span,
                "leave the index out",
            )


def _check_index(frame: Making, place: Place, count: int | None, index: Operand, span: Span) -> None:
    if count is not None and not isinstance(index, Known):
        frame.note_index(count, index, span)
    if count is not None and isinstance(index, Known) and index.number >= count:
        message = f"`{place.path}` has {count} elements: there is no element {index.number}"
        raise frame.language.refuse(28, message, span, "elements are counted from 0")


def _take_packed(frame: Making, place: Place, index: Operand, span: Span) -> Place:
    """Return entry `index` of 12-bit numbers: two bytes, of which a shift and a mask leave the number.

    Where the index is even or odd whatever the partition, `3 * p` is linear, and the shift is known.
    """
    path, line = f"{place.path}[...]", line_of(index)
    if isinstance(index, Made) and line is not None and line.factor % 2 == 0 and line.base >= 0:
        own = combine(frame, "-", index, Known(line.base & 1), span)
        distance = combine(frame, "*", combine(frame, "/", own, Known(2), span), Known(3), span)
        distance = _with_line(distance, Line(line.factor // 2 * 3, line.base // 2 * 3))
        distance = combine(frame, "+", distance, Known(line.base & 1), span)
        shift: Operand = Known(4 * (line.base & 1))
    else:
        bits = combine(frame, "*", index, Known(12), span)
        distance = combine(frame, "/", bits, Known(8), span)
        odd = combine(frame, "&", index, Known(1), span)
        shift = combine(frame, "*", odd, Known(4), span)
    offset = combine(frame, "+", distance, place.offset, span)
    return Place(place.region, offset, PackedEntry(shift), {}, path, place.within)


def _with_line(operand: Operand, line: Line) -> Operand:
    return Made(operand.value, operand.high, line) if isinstance(operand, Made) else operand
