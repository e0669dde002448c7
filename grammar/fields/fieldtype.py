"""What a field is: numbers, packed numbers, arrays and structs, with their sizes.

In: nothing. Out: the types that `layout` makes and the lowering reads. All sizes and offsets are numbers.

    extents: extent[4] @40      Field("extents", 40, Array(Struct("extent", 12, ...), 4, 12))
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from runtime.ir.nodes import Order
from runtime.source import NOWHERE, Span

NUMBER_TYPES = {
    "u8": (8, "le"),
    "u16le": (16, "le"),
    "u16be": (16, "be"),
    "u24le": (24, "le"),
    "u24be": (24, "be"),
    "u32le": (32, "le"),
    "u32be": (32, "be"),
    "u64le": (64, "le"),
    "u64be": (64, "be"),
}
"""Types of fields: bits, and the order of the bytes."""

PACKED = "u12le"
BYTES = "bytes"


@dataclass(frozen=True, slots=True)
class Number:
    """`u24le`: 8, 16, 24, 32 or 64 bits."""

    bits: int
    order: Order

    @property
    def size(self) -> int:
        """In bytes."""
        return self.bits // 8


@dataclass(frozen=True, slots=True)
class Packed:
    """`u12le[count]`: entry i is 12 bits from bit 12 * i on; `count` None: as many as fit."""

    count: int | None

    @property
    def size(self) -> int:
        """In bytes, rounded up; 0 when open."""
        return 0 if self.count is None else (12 * self.count + 7) // 8


@dataclass(frozen=True, slots=True)
class Array:
    """`element[count]`; `count` None: as many as fit."""

    element: Number | Array | Struct
    count: int | None

    @property
    def size(self) -> int:
        """In bytes; 0 when open."""
        return 0 if self.count is None else self.count * self.element.size


@dataclass(frozen=True, slots=True)
class BitField:
    """Bits `low` ... `low + width - 1` of a number."""

    name: str
    width: int
    low: int
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Field:
    """A name for bytes, `offset` from the start of the object or struct."""

    name: str
    offset: int
    type: FieldType
    bits: Mapping[str, BitField]
    span: Span = field(default=NOWHERE, compare=False, repr=False)

    @property
    def end(self) -> int:
        """Behind the last byte; for an open array, where it starts."""
        return self.offset + self.type.size


@dataclass(frozen=True, slots=True)
class Struct:
    """Fields by name; `depth` structs are inside each other, this one included."""

    name: str
    size: int
    fields: Mapping[str, Field]
    depth: int


FieldType: TypeAlias = Number | Packed | Array | Struct


def describe(type_: FieldType) -> str:
    """Return what to call a field of this type."""
    match type_:
        case Number():
            return "a number"
        case Packed() | Array():
            return "an array"
        case Struct(name=name):
            return f"a struct `{name}`"
