"""Read sets: from the loads that a body was seen to do to the bytes that `reads` emits.

In: the reads of a partition. Out: `Bytes`, joined where they touch, without those of the discriminator.

    pointer[p] (u32)  ->  4 * p, 4
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NoReturn

from grammar.fields.refuse import refusal
from grammar.lowering.operand import Line
from runtime.template.nodes import Extent
from udfc.lowering.family import Family
from udfc.lowering.frame import Read
from udfc.names.header import Header


@dataclass(frozen=True, slots=True)
class Bytes:
    """`width` bytes from `start.factor * p + start.base` on."""

    start: Line
    width: int


def derive_reads(
    family: Family, header: Header, reads: Sequence[Read], discriminator: tuple[Extent, ...]
) -> tuple[Bytes, ...]:
    """Return the bytes that a partition reads.

    Raises:
        Refused: UDF052 if the place of some cannot be told, UDF060 if elements share bytes.
    """
    known = [extent_bytes(header, each) for each in discriminator]
    found: list[Bytes] = []
    for read in reads:
        if read.within is not None and _is_inside(read.within, known):
            continue
        if read.start is None:
            _refuse_unknown(family, read)
        if read.start.factor:
            found.append(Bytes(read.start, read.width))
        else:
            end = read.start.base + read.width
            found += [
                Bytes(Line(0, low), high - low) for low, high in cut_bytes((read.start.base, end), known)
            ]
    return _join(found)


def _refuse_unknown(family: Family, read: Read) -> NoReturn:
    if family.elements is not None and family.elements.bits % 8:
        message = f"two 12-bit numbers of `{read.path}` share a byte, and read sets may not meet"
        note = "make a partition of two: `partition pair[p in 0..n / 2]`, for entries 2 * p and 2 * p + 1"
        raise refusal("UDF060", message, read.span, note)
    message = f"which bytes `{read.path}` reads cannot be told from the text"
    note = f"say so: `partition {family.partition.name} reads FIELD, @16..40 {{ ... }}`"
    raise refusal("UDF052", message, read.span, note)


def extent_bytes(header: Header, extent: Extent) -> tuple[int, int]:
    """Return from and to which byte `extent` goes in the largest object."""
    end = header.maximum if extent.length is None else extent.offset + extent.length
    return extent.offset, end


def _is_inside(inner: tuple[int, int], outer: Iterable[tuple[int, int]]) -> bool:
    return any(low <= inner[0] and inner[1] <= high for low, high in outer)


def cut_bytes(piece: tuple[int, int], holes: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return what is left of `piece`, from one byte to another, without `holes`."""
    left = [piece]
    for low, high in holes:
        parts = [((a, min(b, low)), (max(a, high), b)) for a, b in left]
        left = [part for pair in parts for part in pair if part[0] < part[1]]
    return left


def _join(found: Sequence[Bytes]) -> tuple[Bytes, ...]:
    """Return the same bytes, those that touch or overlap as one."""
    joined: list[Bytes] = []
    for each in sorted(set(found), key=lambda one: (one.start.factor, one.start.base, one.width)):
        before = joined[-1] if joined else None
        if before is not None and before.start.factor == each.start.factor:
            end = before.start.base + before.width
            if each.start.base <= end:
                end = max(end, each.start.base + each.width)
                joined[-1] = Bytes(before.start, end - before.start.base)
                continue
        joined.append(each)
    return tuple(joined)
