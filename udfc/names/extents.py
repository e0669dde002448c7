"""Byte ranges that are known when a template is compiled: `discriminator mode, @16..40`.

In: ranges as written. Out: `Extent` values, in order.
"""

from __future__ import annotations

from collections.abc import Sequence

from grammar.fields.constant import evaluate_constant
from grammar.fields.fieldtype import Array, Field, FieldType, Number, Packed, Struct, describe
from grammar.fields.refuse import refusal, suggest
from runtime.template.nodes import Extent
from udfc.language import syntax
from udfc.names.header import Header
from udfc.names.scope import LENGTH

_MAX_RANGES = 256  # in one clause


def resolve_ranges(header: Header, ranges: Sequence[syntax.Range]) -> tuple[Extent, ...]:
    """Return the bytes that `ranges` name.

    Raises:
        Refused: UDF011, UDF015, UDF016, UDF027, UDF028.
    """
    if len(ranges) > _MAX_RANGES:
        message = f"these are {len(ranges)} ranges, the limit is {_MAX_RANGES}"
        raise refusal("UDF029", message, ranges[_MAX_RANGES].span, "join those that touch")
    return tuple(_resolve_range(header, each) for each in ranges)


def _resolve_range(header: Header, range_: syntax.Range) -> Extent:
    match range_:
        case syntax.ByteRange(low=low, high=high):
            first = evaluate_constant(header.scope, low)
            to_end = isinstance(high, syntax.Path) and high.name == LENGTH and not high.steps
            last = header.maximum if to_end else evaluate_constant(header.scope, high)
            extent = Extent(first, None if to_end and not header.constant else last - first)
        case syntax.FieldRange(path=path, slice=part):
            extent = _resolve_field(header, path, part)
            last = extent.offset + (1 if extent.length is None else extent.length)
    if extent.offset >= last or last > header.maximum:
        message = f"the bytes {extent.offset}..{last} are none, or are not inside the object"
        raise refusal(
            "UDF027", message, range_.span, f"the object has bytes 0..{header.maximum}, the end not included"
        )
    return extent


def _resolve_field(
    header: Header, path: syntax.Path, part: tuple[syntax.Expression, syntax.Expression] | None
) -> Extent:
    field = header.fields.get(path.name)
    if field is None:
        raise refusal(
            "UDF011", f"there is no field `{path.name}`", path.span, suggest(path.name, header.fields)
        )
    offset, type_ = field.offset, field.type
    for step in path.steps:
        if isinstance(step, syntax.Member) and isinstance(type_, Number) and step.name in field.bits:
            break  # bits of a number are read with all of it
        offset, field, type_ = _take_step(header, step, offset, type_, field)
    if part is None:
        if isinstance(type_, Packed | Array) and type_.count is None:
            whole = header.maximum - offset
            return Extent(offset, whole if header.constant else None)
        return Extent(offset, type_.size)
    if not isinstance(type_, Packed | Array):
        raise refusal("UDF015", f"{describe(type_)} has no elements", path.span, "leave the index out")
    first, last = (evaluate_constant(header.scope, each) for each in part)
    bits = 12 if isinstance(type_, Packed) else 8 * type_.element.size
    if type_.count is not None and last > type_.count:
        message = f"`{path.name}` has {type_.count} elements, and here are {first}..{last}"
        raise refusal("UDF028", message, path.span, "the end of a range is not included")
    low, high = offset + bits * first // 8, offset + (bits * last + 7) // 8
    return Extent(low, high - low)


def _take_step(
    header: Header, step: syntax.Step, offset: int, type_: FieldType, field: Field
) -> tuple[int, Field, FieldType]:
    match step, type_:
        case syntax.Member(name=name, span=span), Struct(fields=fields):
            if name not in fields:
                raise refusal("UDF011", f"there is no field `{name}`", span, suggest(name, fields))
            return offset + fields[name].offset, fields[name], fields[name].type
        case syntax.Index(index=index), Array(element=element, count=count):
            number = evaluate_constant(header.scope, index)
            if count is not None and number >= count:
                message = f"element {number} of {count} does not exist"
                raise refusal("UDF028", message, index.span, "elements are counted from 0")
            return offset + number * element.size, field, element
        case _:
            raise refusal("UDF015", f"this is no part of {describe(type_)}", step.span, "see the layout")


def resolve_array(header: Header, path: syntax.Path) -> tuple[int, Packed | Array]:
    """Return where the array that `path` names starts, and what it is.

    Raises:
        Refused: UDF011 for a field that does not exist, UDF015 for one that is no array.
    """
    field = header.fields.get(path.name)
    if field is None:
        raise refusal(
            "UDF011", f"there is no field `{path.name}`", path.span, suggest(path.name, header.fields)
        )
    offset, type_ = field.offset, field.type
    for step in path.steps:
        offset, field, type_ = _take_step(header, step, offset, type_, field)
    if not isinstance(type_, Packed | Array):
        note = "a partition for each element needs an array"
        raise refusal("UDF015", f"`{path.name}` is {describe(type_)}: it has no elements", path.span, note)
    return offset, type_
