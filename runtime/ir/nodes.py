"""The IR: small, typed, structured SSA over named memory regions. Nothing else may enter the kernel.

A function declares everything that it can touch (regions, parameters, tables, primitives by name) and has one
body. Values are numbers, each defined once; a value may be used after its definition, in the same body or in
bodies nested in it. There is no recursion, no pointer and no jump; only `If` and `For` hold further bodies.

    func web(region message: read, max 262144) -> (u32) {
      %0 = length message
      %1 = const u64 14
      %2 = ule %1, %0
      if %2 {
        %3 = const u64 12
        %4 = load u16be message[%3]
        ...
        return %9
      }
      %10 = const u32 0
      return %10
    }

Arithmetic is on unsigned integers and exact: `runtime.check` proves that no result leaves its type unless the
instruction is marked `wrapping`. The meaning of every instruction is `runtime.ir.interpret`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import Literal, NewType, TypeAlias

from runtime.source import NOWHERE, Span

Value = NewType("Value", int)
"""The number of a value: 0, 1, 2 ... in the order in which the text defines them (parameters first)."""


class Type(Enum):
    """An unsigned integer type; the enum's value is its width in bits."""

    U1 = 1
    U8 = 8
    U16 = 16
    U32 = 32
    U64 = 64

    @property
    def bits(self) -> int:
        """Width in bits."""
        return self.value

    @property
    def bytes(self) -> int:
        """Bytes that a load or store of this type touches; u1 cannot be loaded."""
        return self.value // 8

    @property
    def maximum(self) -> int:
        """The largest number of this type."""
        return (1 << self.value) - 1


Rights: TypeAlias = Literal["read", "write", "read_write"]
Order: TypeAlias = Literal["be", "le"]
BinaryOperator: TypeAlias = Literal["add", "sub", "mul", "udiv", "urem", "and", "or", "xor", "shl", "lshr"]
CompareOperator: TypeAlias = Literal["eq", "ne", "ult", "ule"]
TableKind: TypeAlias = Literal["exact", "range", "prefix", "first"]


@dataclass(frozen=True, slots=True)
class Region:
    """A named span of memory that the caller hands in.

    Args:
        name: unique in the function.
        rights: what loads and stores may do.
        maximum: the largest length in bytes that a caller may pass.
        constant: True when the length is always exactly `maximum`.
    """

    name: str
    rights: Rights
    maximum: int
    constant: bool = False
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Parameter:
    """A number that the caller hands in; parameters take the value numbers 0, 1, ... in order."""

    name: str
    type: Type
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a table: the keys from `low` to `high`, one number per key column, map to `value`.

    exact: low == high in every column. range: low <= key <= high in every column. prefix: low..high is an
    aligned power-of-two block in every column; the longest (smallest) one wins. first: low <= high in every
    column; of the entries that have the keys, the first one wins.
    """

    low: tuple[int, ...]
    high: tuple[int, ...]
    value: int


@dataclass(frozen=True, slots=True)
class Table:
    """A finite map, abstract: the representation in memory is the table builder's business.

    exact and range entries must not overlap. A key in no entry maps to `default`.

    An `open` table has no entries here: its contents come with each call and may be any map of its kind, so
    nothing is known of an answer but its type.
    """

    name: str
    kind: TableKind
    keys: tuple[Type, ...]
    value: Type
    default: int
    entries: tuple[Entry, ...]
    open: bool = False
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Constant:
    """`%t = const u32 7`."""

    target: Value
    type: Type
    number: int
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Binary:
    """`%t = add %l, %r` or `%t = wrapping add %l, %r`; operands and result have one type.

    `add sub mul shl` must be exact unless wrapping. `udiv urem` need a non-zero divisor. `shl lshr` need a
    shift amount below the width, wrapping or not. `and or xor` also work on u1.
    """

    target: Value
    operator: BinaryOperator
    left: Value
    right: Value
    wrapping: bool = False
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Compare:
    """`%t = ule %l, %r`: a u1; operands have one type."""

    target: Value
    operator: CompareOperator
    left: Value
    right: Value
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Convert:
    """`%t = convert u32 %v`: widen with zeros, or narrow; narrowing must be exact unless wrapping."""

    target: Value
    type: Type
    value: Value
    wrapping: bool = False
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Select:
    """`%t = select %c, %yes, %no`."""

    target: Value
    condition: Value
    yes: Value
    no: Value
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Length:
    """`%t = length message`: the region's length in bytes, u64."""

    target: Value
    region: str
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Load:
    """`%t = load u16be message[%o]`: the offset is a u64 in bytes; u8 is written `u8`, with order "be"."""

    target: Value
    type: Type
    region: str
    offset: Value
    order: Order
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Store:
    """`store u16be counters[%o] = %v`: the width is the value's type."""

    region: str
    offset: Value
    value: Value
    order: Order
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Lookup:
    """`%t = lookup ports(%k)`: one key per column of the table."""

    target: Value
    table: str
    keys: tuple[Value, ...]
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Call:
    """`%a, %b = call clock(%x)`: a kernel service; the policy says who may call it."""

    targets: tuple[Value, ...]
    primitive: str
    arguments: tuple[Value, ...]
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Emit:
    """`emit %a, %b`: append a tuple to the function's result set; the types are `Function.emits`."""

    values: tuple[Value, ...]
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class If:
    """`%t = if %c { ... yield %a } else { ... yield %b }`.

    An arm ends in `Yield` (one value per target) or `Return`. Without targets the final `yield` is not
    written in the text, and an empty `else` may be left out.
    """

    targets: tuple[Value, ...]
    condition: Value
    then: Body
    otherwise: Body
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class For:
    """`%t = for %i < %count max 8 with %x = %init { ... next if %c (%y) }`.

    Runs the body with %i (a u64) = 0, 1, ... while %i < %count (a u64; must be proved <= `maximum`). Each
    carried value starts as its initial value and becomes the operand of `next`. `next if %c (...)` ends the
    loop when %c is 0, after taking the new values. The targets are the carried values at the end.

    The numbers of `index` and `carried` are defined before the body's, the targets after it.
    """

    targets: tuple[Value, ...]
    index: Value
    count: Value
    maximum: int
    carried: tuple[Value, ...]
    initial: tuple[Value, ...]
    body: Body
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Yield:
    """The end of an `If` arm."""

    values: tuple[Value, ...] = ()
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Next:
    """The end of a `For` body: go on with `values`; stop after this iteration when `condition` is 0."""

    condition: Value | None
    values: tuple[Value, ...]
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Return:
    """`return %a, %b`: end the function, also from inside nested bodies."""

    values: tuple[Value, ...]
    span: Span = field(default=NOWHERE, compare=False, repr=False)


Instruction: TypeAlias = (
    Constant
    | Binary
    | Compare
    | Convert
    | Select
    | Length
    | Load
    | Store
    | Lookup
    | Call
    | Emit
    | If
    | For
    | Yield
    | Next
    | Return
)

Body: TypeAlias = tuple[Instruction, ...]
"""Straight-line instructions; the last is `Yield`, `Next` or `Return`, or an `If` whose both arms return."""


@dataclass(frozen=True, slots=True)
class Function:
    """One downloadable program.

    Args:
        name: an identifier.
        regions: the memory that it may touch.
        parameters: the numbers that it gets; they are the values 0 ... len - 1.
        results: types of what `Return` gives.
        emits: types of one emitted tuple, empty when it emits nothing.
        emit_limit: the most tuples that one call may emit; callers provide room for that many.
        tables: the maps that it may ask.
        body: what it does.
    """

    name: str
    regions: tuple[Region, ...]
    parameters: tuple[Parameter, ...]
    results: tuple[Type, ...]
    emits: tuple[Type, ...]
    emit_limit: int
    tables: tuple[Table, ...]
    body: Body
    span: Span = field(default=NOWHERE, compare=False, repr=False)
