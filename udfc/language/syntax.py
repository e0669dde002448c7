"""What was written: the nodes of a UDF file. Values; nothing here has been looked up.

In: nothing. Out: the types that `parse` makes and `resolve` and `lower` read. docs/udf.md is the reference.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from grammar.fields.syntax import Binary as Binary
from grammar.fields.syntax import BinaryOperator as BinaryOperator
from grammar.fields.syntax import BitField as BitField
from grammar.fields.syntax import Call as Call
from grammar.fields.syntax import Compare as Compare
from grammar.fields.syntax import CompareOperator as CompareOperator
from grammar.fields.syntax import ConstantDeclaration as ConstantDeclaration
from grammar.fields.syntax import Definition as Definition
from grammar.fields.syntax import Expression as Expression
from grammar.fields.syntax import FieldType as FieldType
from grammar.fields.syntax import Import as Import
from grammar.fields.syntax import Index as Index
from grammar.fields.syntax import Items as Items
from grammar.fields.syntax import LayoutField as LayoutField
from grammar.fields.syntax import Logical as Logical
from grammar.fields.syntax import Member as Member
from grammar.fields.syntax import Membership as Membership
from grammar.fields.syntax import Not as Not
from grammar.fields.syntax import Number as Number
from grammar.fields.syntax import Path as Path
from grammar.fields.syntax import Step as Step
from grammar.fields.syntax import StructDeclaration as StructDeclaration
from runtime.source import NOWHERE, Source, Span


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
