"""Families of partitions: `partition pointer[p in pointer]` is one, with a partition for each element.

In: the partitions of a template in the order of the text. Out: how many there are, and which family and
index a partition's number means. Counts that are known are told apart by halving; others one after the other.

    partition direct[p in 0..12], partition single    ->  if p < 12 { direct } else { if p < 13 { single } }
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import TypeAlias

from grammar.fields.constant import evaluate_constant, find_if_constant
from grammar.fields.fieldtype import Packed
from grammar.fields.refuse import refusal
from grammar.lowering.arithmetic import combine, compare_operands
from grammar.lowering.expression import lower_number
from grammar.lowering.meaning import Variable
from grammar.lowering.operand import Known, Line, Made, Operand
from runtime.ir.nodes import Type
from udfc.language import syntax
from udfc.lowering.frame import Frame
from udfc.names.extents import resolve_array
from udfc.names.header import Header, list_clauses
from udfc.names.scope import check_new


@dataclass(frozen=True, slots=True)
class Elements:
    """The elements of an array: `bits` each, from byte `offset` on."""

    offset: int
    bits: int


@dataclass(frozen=True, slots=True)
class Family:
    """Partitions that one piece of text describes.

    Args:
        partition: as written.
        count: how many there are, where that is known.
        elements: of the array that it is about.
        high: how many there are, if it is not about an array.
    """

    partition: syntax.Partition
    count: int | None
    elements: Elements | None = None
    high: syntax.Expression | None = None


Inside: TypeAlias = Callable[[Family, Line | None], None]
"""Lowers the body of a partition: its family, and what is known to be at most the object's length."""


def list_families(header: Header, used: bool) -> tuple[Family, ...]:
    """Return the partitions of `owns`, or those of `used`.

    Raises:
        Refused: UDF011, UDF012, UDF015, UDF027.
    """
    seen: dict[str, None] = {}
    found: list[Family] = []
    for partition in list_clauses(header.declaration, syntax.Partition):
        check_new(partition.name, partition.span, seen)
        seen[partition.name] = None
        family = _find_family(header, partition)
        if partition.used == used:
            found.append(family)
    return tuple(found)


def _find_family(header: Header, partition: syntax.Partition) -> Family:
    every = partition.every
    if every is None:
        return Family(partition, 1)
    if every.array is not None:
        offset, type_ = resolve_array(header, every.array)
        bits = 12 if isinstance(type_, Packed) else 8 * type_.element.size
        count = type_.count
        if count is None and header.constant:
            count = 8 * (header.maximum - offset) // bits
        return Family(partition, count, elements=Elements(offset, bits))
    assert every.high is not None, "a range has an end"
    if every.low is not None and evaluate_constant(header.scope, every.low):
        raise refusal("UDF027", "partitions are counted from 0", every.low.span, "write `p in 0..n`")
    return Family(partition, find_if_constant(header.scope, every.high), high=every.high)


def count_family(frame: Frame, family: Family) -> Operand:
    """Return how many partitions there are."""
    span = family.partition.span
    if family.count is not None:
        return Known(family.count)
    if family.high is not None:
        with frame.seeing({}, ()):
            return lower_number(frame, family.high)
    assert family.elements is not None, "a family is about an array or a range"
    start = choose_smaller(frame, Known(family.elements.offset), frame.length)
    rest = combine(frame, "-", frame.length, start, span)
    bits = family.elements.bits
    if bits % 8:
        return combine(frame, "/", combine(frame, "*", rest, Known(2), span), Known(bits // 4), span)
    return combine(frame, "/", rest, Known(bits // 8), span)


def choose_smaller(frame: Frame, left: Operand, right: Operand) -> Operand:
    """Return the smaller of two numbers."""
    if left == Known(0):
        return left
    smaller = compare_operands(frame, "<=", left, right)
    if isinstance(smaller, Known):
        return left if smaller.number else right
    value = frame.builder.select(smaller.value, frame.value(left), frame.value(right))
    return Made(value, min(left.high, right.high))


def dispatch(frame: Frame, families: Sequence[Family], number: Operand, inside: Inside) -> None:
    """Lower `inside` for the family and index that `number` means; a number that is too large means none."""
    known = list(takewhile(lambda each: each.count is not None, families))
    rest = families[len(known) :]
    if not families:
        return
    if not known:
        _dispatch_chain(frame, families, number, inside)
        return
    total = Known(sum(each.count or 0 for each in known))
    builder = frame.builder
    builder.if_(frame.value(compare_operands(frame, "<", number, total), Type.U1))
    _dispatch_tree(frame, known, number, 0, inside)
    if rest:
        builder.else_()
        dispatch(frame, rest, combine(frame, "-", number, total, rest[0].partition.span), inside)
    builder.end()


def _dispatch_tree(
    frame: Frame, families: Sequence[Family], number: Operand, base: int, inside: Inside
) -> None:
    """Dispatch `number`, which is known to mean one of these families; the first one starts at `base`."""
    if len(families) == 1:
        index = combine(frame, "-", number, Known(base), families[0].partition.span)
        enter_family(frame, families[0], index, lambda: inside(families[0], None))
        return
    half = len(families) // 2
    middle = base + sum(each.count or 0 for each in families[:half])
    builder = frame.builder
    builder.if_(frame.value(compare_operands(frame, "<", number, Known(middle)), Type.U1))
    _dispatch_tree(frame, families[:half], number, base, inside)
    builder.else_()
    _dispatch_tree(frame, families[half:], number, middle, inside)
    builder.end()


def _dispatch_chain(frame: Frame, families: Sequence[Family], number: Operand, inside: Inside) -> None:
    """Dispatch `number` where it has to be computed how many partitions the first family has."""
    first, rest = families[0], families[1:]
    if not rest and first.elements is not None and first.elements.bits % 8 == 0:
        _enter_last(frame, first, first.elements, number, inside)
        return
    count = count_family(frame, first)
    builder = frame.builder
    builder.if_(frame.value(compare_operands(frame, "<", number, count), Type.U1))
    enter_family(frame, first, number, lambda: inside(first, None))
    if rest:
        builder.else_()
        dispatch(frame, rest, combine(frame, "-", number, count, rest[0].partition.span), inside)
    builder.end()


def _enter_last(frame: Frame, family: Family, elements: Elements, number: Operand, inside: Inside) -> None:
    """Enter the partition for an element where all of it is inside the object: without a division."""
    size, span = elements.bits // 8, family.partition.span
    most = (frame.header.maximum - elements.offset) // size
    builder = frame.builder
    with builder.when(frame.value(compare_operands(frame, "<", number, Known(most)), Type.U1)):
        last = combine(frame, "*", number, Known(size), span)
        last = combine(frame, "+", last, Known(elements.offset + size), span)
        with builder.when(frame.value(compare_operands(frame, "<=", last, frame.length), Type.U1)):
            done = Line(size, elements.offset + size)
            enter_family(frame, family, number, lambda: inside(family, done))


def enter_family(frame: Frame, family: Family, index: Operand, body: Callable[[], None]) -> None:
    """Run `body` where the partition's own index has its name."""
    every = family.partition.every
    with frame.block():
        if every is not None:
            frame.declare(every.name, Variable(own_index(family, index)), every.span)
        body()


def own_index(family: Family, index: Operand) -> Operand:
    """Return `index` as the index that reads are told by."""
    if isinstance(index, Known):
        return index
    high = index.high if family.count is None else max(family.count - 1, 0)
    return Made(index.value, high, Line(1, 0))
