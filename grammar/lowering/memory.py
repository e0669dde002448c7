"""Loads and stores of fields: numbers of 8 to 64 bits, of 24, of 12, and bit fields.

mode.format (4 bits @12)    ->  %1 = load u16le meta[%0];  %2 = convert u64 %1;  %3 = lshr %2, 12; and 15
"""

from __future__ import annotations

from grammar.fields.fieldtype import Number, describe
from grammar.lowering.arithmetic import combine
from grammar.lowering.making import Making
from grammar.lowering.operand import Known, Made, Operand
from grammar.lowering.place import PackedEntry, Place
from runtime.ir.nodes import Order, Type
from runtime.source import Span

_TYPES = {8: Type.U8, 16: Type.U16, 32: Type.U32, 64: Type.U64}
_ENTRY = Number(16, "le")  # the two bytes that hold a 12-bit number


def load_place(frame: Making, place: Place, span: Span) -> Operand:
    """Return the number at `place`.

    Raises:
        Refused: 015 if no number is there, and as `note_read`.
    """
    type_ = place.type
    match type_:
        case PackedEntry(shift=shift):
            return _take_bits(frame, _load(frame, place, _ENTRY, span), shift, 12, span)
        case Number():
            whole = _load(frame, place, type_, span)
            if place.bit is None:
                return whole
            return _take_bits(frame, whole, Known(place.bit.low), place.bit.width, span)
        case _:
            note = "name one number of it, such as `name[0]` or `extent.low`"
            raise frame.language.refuse(15, f"`{place.path}` is {describe(type_)}, not a number", span, note)


def store_place(frame: Making, place: Place, value: Operand, span: Span) -> None:
    """Store `value` at `place`; the kernel is to prove that it fits.

    Raises:
        Refused: 015 if no number is there, 017 if the value is known not to fit.
    """
    type_ = place.type
    frame.note_store(place.region, place.path, span)
    match type_:
        case PackedEntry(shift=shift):
            old = _load(frame, place, _ENTRY, span)
            _store(frame, place, _ENTRY, _put_bits(frame, old, value, shift, 12, 16, span), span)
        case Number(bits=bits):
            if place.bit is not None:
                low, width = Known(place.bit.low), place.bit.width
                old = _load(frame, place, type_, span)
                value = _put_bits(frame, old, value, low, width, bits, span)
            _store(frame, place, type_, value, span)
        case _:
            note = "assign one number of it after the other"
            raise frame.language.refuse(15, f"`{place.path}` is {describe(type_)}, not a number", span, note)


def _load(frame: Making, place: Place, type_: Number, span: Span) -> Operand:
    frame.note_read(place.region, place.offset, type_.size, place.path, place.within, span)
    if type_.bits != 24:
        return _load_whole(frame, place.region, place.offset, _TYPES[type_.bits], type_)
    total: Operand = Known(0)
    for number in range(3):
        offset = combine(frame, "+", place.offset, Known(number), span)
        byte = _load_whole(frame, place.region, offset, Type.U8, type_)
        shift = 8 * number if type_.order == "le" else 16 - 8 * number
        total = combine(frame, "+", combine(frame, "<<", byte, Known(shift), span), total, span)
    return total


def _load_whole(frame: Making, region: str, offset: Operand, type_: Type, number: Number) -> Operand:
    order: Order = "be" if type_ is Type.U8 else number.order
    loaded = frame.builder.load(type_, region, frame.value(offset), order)
    if type_ is not Type.U64:
        loaded = frame.builder.convert(Type.U64, loaded)
    return Made(loaded, type_.maximum)


def _take_bits(frame: Making, whole: Operand, low: Operand, width: int, span: Span) -> Operand:
    shifted = combine(frame, ">>", whole, low, span)
    if shifted.high < 1 << width:
        return shifted
    return combine(frame, "&", shifted, Known((1 << width) - 1), span)


def _put_bits(
    frame: Making, old: Operand, value: Operand, low: Operand, width: int, bits: int, span: Span
) -> Operand:
    """Return `old` with `width` of its bits replaced by `value`, which must fit."""
    mask = (1 << width) - 1
    if value.high > mask:
        combine(frame, "-", Known(mask), value, span)  # exact only if it fits: this is what proves it
    field = combine(frame, "<<", Known(mask), low, span)
    others = combine(frame, "^", field, Known((1 << bits) - 1), span)
    kept = combine(frame, "&", old, others, span)
    return combine(frame, "|", kept, combine(frame, "<<", value, low, span), span)


def _store(frame: Making, place: Place, type_: Number, value: Operand, span: Span) -> None:
    if type_.bits == 24:
        _store_three(frame, place, type_, value, span)
        return
    if isinstance(value, Known) and value.number >> type_.bits:
        message = f"{value.number} does not fit into the {type_.bits} bits of `{place.path}`"
        raise frame.language.refuse(17, message, span, "store a smaller number")
    narrow = frame.value(value)
    if type_.bits != 64:
        narrow = frame.builder.convert(_TYPES[type_.bits], narrow)
    order: Order = "be" if type_.bits == 8 else type_.order
    frame.builder.store(place.region, frame.value(place.offset), narrow, order)


def _store_three(frame: Making, place: Place, type_: Number, value: Operand, span: Span) -> None:
    if value.high >> 24:
        combine(frame, "-", Known((1 << 24) - 1), value, span)
    for number in range(3):
        shift = 8 * number if type_.order == "le" else 16 - 8 * number
        byte = combine(frame, "&", combine(frame, ">>", value, Known(shift), span), Known(0xFF), span)
        offset = combine(frame, "+", place.offset, Known(number), span)
        narrow = frame.builder.convert(Type.U8, frame.value(byte))
        frame.builder.store(place.region, frame.value(offset), narrow, "be")
