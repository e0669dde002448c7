"""What was written: the nodes of a UDF file. Values; nothing here has been looked up.

In: nothing. Out: the types that `parse` makes and `resolve` and `lower` read. docs/udf.md is the reference.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from runtime.source import NOWHERE, Source, Span

BinaryOperator: TypeAlias = Literal["+", "-", "*", "/", "%", "<<", ">>", "&", "|", "^"]
CompareOperator: TypeAlias = Literal["==", "!=", "<", "<=", ">", ">="]


@dataclass(frozen=True, slots=True)
class Number:
    """`0x2f`."""

    value: int
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Member:
    """`.low` in a path."""

    name: str
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Index:
    """`[p]` in a path."""

    index: Expression
    span: Span = field(default=NOWHERE, compare=False, repr=False)


Step: TypeAlias = Member | Index


@dataclass(frozen=True, slots=True)
class Path:
    """`extents[p].low`, `x`, `after.uid`: a name and steps from there."""

    name: str
    steps: tuple[Step, ...]
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Binary:
    """`a + b`; `wrapping` if it stands directly inside `wrapping(...)`."""

    operator: BinaryOperator
    left: Expression
    right: Expression
    wrapping: bool = False
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Compare:
    """`a <= b`: a condition."""

    operator: CompareOperator
    left: Expression
    right: Expression
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Items:
    """`{1, 3, 5..7}`: pairs of first and last, both included."""

    ranges: tuple[tuple[Expression, Expression], ...]
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Membership:
    """`a in {1, 3}`, `a not in {1, 3}`: a condition."""

    value: Expression
    items: Items
    negated: bool
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Logical:
    """`a and b`, `a or b`: a condition; the right side is evaluated only where the left does not decide."""

    operator: Literal["and", "or"]
    left: Expression
    right: Expression
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Not:
    """`not a`: a condition."""

    operand: Expression
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Call:
    """`min(a, b)`, `clock()`, or a `define`."""

    name: str
    arguments: tuple[Expression, ...]
    span: Span = field(default=NOWHERE, compare=False, repr=False)


Expression: TypeAlias = Number | Path | Binary | Compare | Membership | Logical | Not | Call
"""A number or a condition: which of them, the lowering says."""


@dataclass(frozen=True, slots=True)
class TypeUse:
    """`ext2_inode(block_size, 12)`, `data`, `like(block)` in `own` and `part`."""

    name: str
    arguments: tuple[Expression, ...]
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Let:
    """`let x = e`, or `var x = e` where `changes`."""

    name: str
    value: Expression
    changes: bool
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class View:
    """`view e: dirent @ at`."""

    name: str
    struct: str
    offset: Expression
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Assign:
    """`x = e` or `direct[i] = e`."""

    target: Path
    value: Expression
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class If:
    """`if c { } else { }`; `else if` is an `If` in `otherwise`."""

    condition: Expression
    then: tuple[Statement, ...]
    otherwise: tuple[Statement, ...]
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class For:
    """`for i in a..b max n { }`."""

    name: str
    low: Expression
    high: Expression
    maximum: Expression | None
    body: tuple[Statement, ...]
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Walk:
    """`walk at in a..b step s { ...; advance e }`."""

    name: str
    low: Expression
    high: Expression
    step: Expression
    body: tuple[Statement, ...]
    advance: Expression
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Stop:
    """`stop if c`."""

    condition: Expression
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Own:
    """`own(start, count, type)`."""

    start: Expression
    count: Expression
    type: TypeUse
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Part:
    """`part(offset, type)` or `part(offset, length, type)`."""

    offset: Expression
    length: Expression | None
    type: TypeUse
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Mark:
    """`mark(start, count)`."""

    start: Expression
    count: Expression
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class NameEntry:
    """`name(offset, length, identity)`."""

    offset: Expression
    length: Expression
    identity: Expression
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Require:
    """`require c`."""

    condition: Expression
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Return:
    """`return e`."""

    value: Expression
    span: Span = field(default=NOWHERE, compare=False, repr=False)


Statement: TypeAlias = (
    Let | View | Assign | If | For | Walk | Stop | Own | Part | Mark | NameEntry | Require | Return
)


@dataclass(frozen=True, slots=True)
class BitField:
    """`format: 4 @12`: the lowest of its bits is bit 12 of the number."""

    name: str
    width: Expression
    low: Expression
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class FieldType:
    """`u32le[12][2]`, `bytes[16]`, `extent[4]`.

    Args:
        name: u8, u16le ..., `bytes`, or a struct.
        counts: of the arrays, outermost first; None: as many as fit. `bytes[16]` has one count.
    """

    name: str
    counts: tuple[Expression | None, ...]
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class LayoutField:
    """`mode: u16le { format: 4 @12 } @0`; the offset may stand before or behind the bits."""

    name: str
    type: FieldType
    offset: Expression | None
    bits: tuple[BitField, ...]
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class ByteRange:
    """`@16..40`; the end is not included."""

    low: Expression
    high: Expression
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class FieldRange:
    """`mode`, `extents[3].low`, `block[0..12]`: a path; its last index may be a range (end not included)."""

    path: Path
    slice: tuple[Expression, Expression] | None
    span: Span = field(default=NOWHERE, compare=False, repr=False)


Range: TypeAlias = ByteRange | FieldRange


@dataclass(frozen=True, slots=True)
class Layout:
    """`layout { ... }`."""

    fields: tuple[LayoutField, ...]
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Property:
    """`unit e`, `blocks e`, `identity e`, `shared e`, `root at e`."""

    name: Literal["unit", "blocks", "identity", "shared", "root"]
    value: Expression
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Sticky:
    """`sticky`."""

    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Ranges:
    """`discriminator ...`, `raw_read ...`, `raw_write ...`."""

    name: Literal["discriminator", "raw_read", "raw_write"]
    ranges: tuple[Range, ...]
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Every:
    """`p in 0..e`, or `p in pointer` for all elements of an array: then `array` is set and `high` is not."""

    name: str
    low: Expression | None
    high: Expression | None
    array: Path | None
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Partition:
    """`partition name[p in 0..n] reads ... { ... }`, or `used name[...] { ... }` for which `used` is set.

    Args:
        every: None for a single partition.
        reads: None where the compiler is to find them.
    """

    name: str
    every: Every | None
    reads: tuple[Range, ...] | None
    body: tuple[Statement, ...]
    used: bool
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Routine:
    """`names { }`, `size { }`, `acl(credential, operation) { }`."""

    name: Literal["names", "size", "acl"]
    parameters: tuple[str, ...]
    body: tuple[Statement, ...]
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Parameter:
    """`block_size: u32 in {1024, 2048}`."""

    name: str
    type: str
    allowed: Items | None
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Touch:
    """`direct[i]` or `single` behind `changes`."""

    partition: str
    index: Expression | None
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Transfer:
    """`gives own(b, 1, data) if c`, `takes ...`."""

    gives: bool
    own: Own
    condition: Expression | None
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Method:
    """`method set(i: u32, b: u32) changes direct[i] gives own(b, 1, data) { ... }`."""

    name: str
    parameters: tuple[Parameter, ...]
    touches: tuple[Touch, ...]
    transfers: tuple[Transfer, ...]
    body: tuple[Statement, ...]
    span: Span = field(default=NOWHERE, compare=False, repr=False)


Clause: TypeAlias = Layout | Property | Sticky | Ranges | Partition | Routine | Method


@dataclass(frozen=True, slots=True)
class Size:
    """`128 bytes`; `up to 65536 bytes` where `upto`."""

    bytes: Expression
    upto: bool
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Import:
    """`import ext2`."""

    name: str
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class ConstantDeclaration:
    """`const MAGIC = 0xef53`."""

    name: str
    value: Expression
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Definition:
    """`define sectors(clusters) = clusters * 8`."""

    name: str
    parameters: tuple[str, ...]
    value: Expression
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class StructDeclaration:
    """`struct extent { ... }`."""

    name: str
    fields: tuple[LayoutField, ...]
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class TemplateDeclaration:
    """`template ext2_inode(number: u32) : 128 bytes { ... }`."""

    name: str
    parameters: tuple[Parameter, ...]
    size: Size
    clauses: tuple[Clause, ...]
    span: Span = field(default=NOWHERE, compare=False, repr=False)


Declaration: TypeAlias = Import | ConstantDeclaration | Definition | StructDeclaration | TemplateDeclaration


@dataclass(frozen=True, slots=True)
class File:
    """One file."""

    source: Source
    declarations: tuple[Declaration, ...]
