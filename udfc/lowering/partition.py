"""Partitions: `partitions`, `owns` and `reads`, and `marks` and `used` likewise.

In: the partitions of a template. Out: the functions. What `reads` says of a partition is what its body was
seen to read; the kernel proves that nothing is missing.

    partition pointer[p in pointer] {       owns:  if p < 1024 { load u32le meta[4 * p] ... emit }
        if pointer[p] != 0 { own(...) }     reads: if p < 1024 { emit 4 * p, 4 }
    }
"""

from __future__ import annotations

from collections.abc import Sequence

from grammar.fields.fieldtype import Array, Packed
from grammar.fields.refuse import refusal
from grammar.lowering.arithmetic import both, combine, compare_operands
from grammar.lowering.expression import lower_number
from grammar.lowering.operand import Known, Line, Made, Operand, line_of
from runtime.ir.nodes import Function, Type, Value
from runtime.template.nodes import META, Extent
from udfc.language import syntax
from udfc.lowering.expression import lower_place
from udfc.lowering.family import Family, count_family, dispatch, enter_family
from udfc.lowering.frame import Frame, Read, Right
from udfc.lowering.function import (
    Shape,
    Target,
    bind_arguments,
    close_frame,
    guard,
    guard_reads,
    open_frame,
)
from udfc.lowering.readset import Bytes, cut_bytes, derive_reads, extent_bytes
from udfc.lowering.statement import lower_body

_OWNS: frozenset[Right] = frozenset({"own"})
_USED: frozenset[Right] = frozenset({"mark"})


def lower_partitions(target: Target, families: Sequence[Family], name: str) -> Function:
    """Return the function that says how many partitions there are."""
    span = target.header.declaration.span
    shape = Shape(name, f"`{name}`", (), numbers=("length",), results=(Type.U64,), span=span)
    frame = open_frame(target, shape)
    valid = bind_arguments(frame, target.header.parameters, ())

    def count() -> tuple[Value, ...]:
        total: Operand = Known(0)
        for family in families:
            total = combine(frame, "+", total, count_family(frame, family), family.partition.span)
        return (frame.value(total),)

    return close_frame(frame, guard(frame, valid, count, shape.results))


def lower_owns(
    target: Target, families: Sequence[Family], used: bool, reads: Sequence[tuple[Read, ...]]
) -> Function:
    """Return `owns` or `used`: what a partition emits.

    Args:
        target: its template.
        families: in order.
        used: whether it is `used`.
        reads: of each family, as `scout_reads` saw them.
    """
    shape = _owns_shape(target, used)
    frame = open_frame(target, shape)
    valid = bind_arguments(frame, target.header.parameters, ())
    seen = dict(zip((family.partition.name for family in families), reads, strict=True))

    def inside(family: Family, done: Line | None) -> None:
        own = _own_index(frame, family)
        enough = guard_reads(frame, seen[family.partition.name], own, done)
        guard(frame, enough, lambda: _lower_inside(frame, family))

    def body() -> tuple[Value, ...]:
        dispatch(frame, families, Made(frame.builder.parameter("partition")), inside)
        return ()

    return close_frame(frame, guard(frame, valid, body))


def scout_reads(target: Target, family: Family) -> tuple[Read, ...]:
    """Return the bytes that the body of a partition reads, in the order of the text."""
    frame = open_frame(target, _owns_shape(target, family.partition.used))
    bind_arguments(frame, target.header.parameters, ())
    number = Made(frame.builder.parameter("partition"))
    enter_family(frame, family, number, lambda: _lower_family(frame, family))
    return tuple(dict.fromkeys(frame.reads))


def _owns_shape(target: Target, used: bool) -> Shape:
    span = target.header.declaration.span
    if used:
        return Shape("used", "`used`", (META,), _USED, ("partition",), emits=2, span=span)
    return Shape("owns", "a partition", (META,), _OWNS, ("partition",), emits=target.words, span=span)


def _own_index(frame: Frame, family: Family) -> Operand | None:
    every = family.partition.every
    return None if every is None else lower_number(frame, syntax.Path(every.name, (), every.span))


def _lower_family(frame: Frame, family: Family) -> None:
    lower_body(frame, family.partition.body)


def _lower_inside(frame: Frame, family: Family) -> tuple[Value, ...]:
    _lower_family(frame, family)
    return ()


def lower_reads(
    target: Target,
    families: Sequence[Family],
    reads: Sequence[tuple[Read, ...]],
    discriminator: tuple[Extent, ...],
) -> Function:
    """Return `reads`: the bytes that a partition reads, without those of the discriminator.

    Raises:
        Refused: UDF052 if a body reads computed places and the partition does not say which.
    """
    span = target.header.declaration.span
    shape = Shape("reads", "`reads`", (), numbers=("partition", "length"), emits=2, span=span)
    frame = open_frame(target, shape)
    valid = bind_arguments(frame, target.header.parameters, ())
    seen = dict(zip((family.partition.name for family in families), reads, strict=True))

    def inside(family: Family, done: Line | None) -> None:
        own = _own_index(frame, family)
        if family.partition.reads is not None:
            for range_ in family.partition.reads:
                _emit_range(frame, range_, discriminator)
            return
        found = derive_reads(family, target.header, seen[family.partition.name], discriminator)
        with frame.builder.at(family.partition.span):
            enough = guard_reads(frame, seen[family.partition.name], own, done)
            guard(frame, enough, lambda: _emit_bytes(frame, found, own))

    def body() -> tuple[Value, ...]:
        dispatch(frame, families, Made(frame.builder.parameter("partition")), inside)
        return ()

    return close_frame(frame, guard(frame, valid, body))


def _emit_bytes(frame: Frame, found: Sequence[Bytes], own: Operand | None) -> tuple[Value, ...]:
    """Emit the bytes that were derived."""
    for each in found:
        start: Operand = Known(each.start.base)
        if each.start.factor and own is not None:
            scaled = combine(frame, "*", own, Known(each.start.factor), frame.builder.span)
            start = combine(frame, "+", scaled, start, frame.builder.span)
        frame.builder.emit(frame.value(start), frame.number(each.width))
    return ()


def _emit_range(frame: Frame, range_: syntax.Range, discriminator: tuple[Extent, ...]) -> None:
    """Emit the bytes that `reads` names, where they are inside the object and not of the discriminator."""
    with frame.builder.at(range_.span):
        match range_:
            case syntax.ByteRange(low=low, high=high):
                start, end = lower_number(frame, low), lower_number(frame, high)
            case syntax.FieldRange():
                start, end = _find_field_range(frame, range_)
        if isinstance(start, Known) and isinstance(end, Known) and start.number < end.number:
            holes = [extent_bytes(frame.header, each) for each in discriminator]
            for first, last in cut_bytes((start.number, end.number), holes):
                _emit_span(frame, Known(first), Known(last), range_)
        else:
            _emit_span(frame, start, end, range_)


def _emit_span(frame: Frame, start: Operand, end: Operand, range_: syntax.Range) -> None:
    width = _find_width(start, end, range_)
    valid = compare_operands(frame, "<=", end, frame.length)
    if width is None:
        valid = both(frame, valid, compare_operands(frame, "<=", start, end))
    if valid == Known(0):
        message = "these bytes are not inside the object"
        raise refusal("UDF027", message, range_.span, f"it has at most {frame.header.maximum}")

    def emit() -> tuple[Value, ...]:
        size = width or combine(frame, "-", end, start, range_.span)
        frame.builder.emit(frame.value(start), frame.value(size))
        return ()

    guard(frame, valid, emit)


def _find_width(start: Operand, end: Operand, range_: syntax.Range) -> Operand | None:
    first, last = line_of(start), line_of(end)
    if first is None or last is None or first.factor != last.factor:
        return None
    if last.base <= first.base:
        raise refusal("UDF027", "this range holds no bytes", range_.span, "the end is not included")
    return Known(last.base - first.base)


def _find_field_range(frame: Frame, range_: syntax.FieldRange) -> tuple[Operand, Operand]:
    """Return where the bytes of a field, of an element or of a slice begin and end."""
    path, span = range_.path, range_.span
    place = lower_place(frame, path)
    if place is None:
        raise refusal("UDF011", f"there is no field `{path.name}`", path.span, "see the layout")
    type_, start = place.type, place.offset
    if range_.slice is None:
        if isinstance(type_, Packed | Array) and type_.count is None:
            return start, frame.length
        size = type_.size if not hasattr(type_, "shift") else 2
        return start, combine(frame, "+", start, Known(size), span)
    if not isinstance(type_, Array):
        raise refusal(
            "UDF015", f"`{path.name}` has no elements of whole bytes", path.span, "write bytes: `@0..3`"
        )
    low, high = (lower_number(frame, each) for each in range_.slice)
    ends = []
    for each in (low, high):
        distance = combine(frame, "*", each, Known(type_.element.size), span)
        ends.append(combine(frame, "+", start, distance, span))
    return ends[0], ends[1]
