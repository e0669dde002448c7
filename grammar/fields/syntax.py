"""What was written: the nodes that languages about bytes share. Values; nothing here has been looked up.

In: nothing. Out: the types of numbers, conditions and layouts. Each language has its own file of nodes for
the rest, and says there what its declarations are.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from runtime.source import NOWHERE, Span

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
class Import:
    """`import net`."""

    name: str
    span: Span = field(default=NOWHERE, compare=False, repr=False)
