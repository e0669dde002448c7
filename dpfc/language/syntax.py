"""What was written: the syntax tree of a DPF file, names unresolved.

In: nothing. Out: the node family that `dpfc.language.parse` makes and `dpfc.resolve` gives a meaning.
Nodes are values; equality ignores spans. Values (`Expression`) and conditions (`Condition`) are told apart
here.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from runtime.source import NOWHERE, Source, Span

LiteralKind: TypeAlias = Literal["number", "ip", "ip6", "mac"]
Format: TypeAlias = Literal["number", "ip", "ip6", "mac"]
BinaryOperator: TypeAlias = Literal["+", "-", "*", "/", "%", "&", "|", "^", "<<", ">>"]
CompareOperator: TypeAlias = Literal["==", "!=", "<", "<=", ">", ">="]


@dataclass(frozen=True, slots=True)
class Constant:
    """A number or an address; its value is below 2**128."""

    value: int
    kind: LiteralKind
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Prefix:
    """`10.0.0.0/8`: all addresses whose first `length` bits are those of `value`."""

    value: int
    length: int
    kind: LiteralKind
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Name:
    """A bare name: a constant, a parameter, a set, `length`, or a field of the header being defined."""

    name: str
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class FieldPath:
    """`tcp.dport` or `vlan/vlan.id`: the last of `headers` has the field, the others stand before it."""

    headers: tuple[str, ...]
    name: str
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class RawLoad:
    """`12:16`, `(0:8 + 2):16 le`: `bits` at byte offset `base` from the current shift."""

    base: Expression
    bits: int
    little: bool
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Binary:
    """`left operator right`, on numbers."""

    operator: BinaryOperator
    left: Expression
    right: Expression
    span: Span = field(default=NOWHERE, compare=False, repr=False)


Expression: TypeAlias = Constant | Prefix | Name | FieldPath | RawLoad | Binary


@dataclass(frozen=True, slots=True)
class Item:
    """A member of a set, or an argument: one value (`low is high`), or the range `low..high`."""

    low: Expression
    high: Expression
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Compare:
    """`left operator right`."""

    operator: CompareOperator
    left: Expression
    right: Expression
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Member:
    """`subject in { items }`, or `not in` when negated."""

    subject: Expression
    negated: bool
    items: tuple[Item, ...]
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Present:
    """`tcp`, `vlan/vlan`: the message has this header."""

    headers: tuple[str, ...]
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Truth:
    """`true` or `false`."""

    value: bool
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class AllOf:
    """`c and c and ...`."""

    parts: tuple[Condition, ...]
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class AnyOf:
    """`c or c or ...`."""

    parts: tuple[Condition, ...]
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Negation:
    """`not c`."""

    part: Condition
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Reference:
    """`@web`, `@conn(10.0.0.1, 80)`: what another filter says."""

    name: str
    arguments: tuple[Item, ...]
    span: Span = field(default=NOWHERE, compare=False, repr=False)


Condition: TypeAlias = Compare | Member | Present | Truth | AllOf | AnyOf | Negation | Reference


@dataclass(frozen=True, slots=True)
class ShiftBy:
    """`shift e`: later raw loads are relative to a place `amount` bytes further on."""

    amount: Expression
    span: Span = field(default=NOWHERE, compare=False, repr=False)


Statement: TypeAlias = Condition | ShiftBy


@dataclass(frozen=True, slots=True)
class FieldLine:
    """`name : bits format`: a field behind the one before it."""

    name: str
    bits: int
    format: Format
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class PlacedField:
    """`name at offset : bits`: a field at a byte offset of its header."""

    name: str
    offset: int
    bits: int
    little: bool
    format: Format
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Skipped:
    """`: bits`: bits that have no name."""

    bits: int
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class HeaderLength:
    """`length = e`: bytes from this header to the next."""

    amount: Expression
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class LinkLine:
    """`keys when condition -> next e skip e`: one kind of header in a chain; no `when` is `true`."""

    keys: tuple[Item, ...]
    when: Condition
    next_key: Expression
    skip: Expression
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class ChainBlock:
    """`chain name from key limit n { ... }`."""

    name: str
    key: str
    limit: int
    links: tuple[LinkLine, ...]
    span: Span = field(default=NOWHERE, compare=False, repr=False)


Element: TypeAlias = FieldLine | PlacedField | Skipped | HeaderLength | ChainBlock


@dataclass(frozen=True, slots=True)
class LinkOrigin:
    """`link n and c`: captures of link type `link` start with this header, when the condition holds."""

    link: int
    condition: Condition
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class ParentOrigin:
    """A condition on the fields of one other header: where it holds, this header follows that one."""

    condition: Condition
    span: Span = field(default=NOWHERE, compare=False, repr=False)


Origin: TypeAlias = LinkOrigin | ParentOrigin


@dataclass(frozen=True, slots=True)
class HeaderDeclaration:
    """`header name on ... { ... }`."""

    name: str
    origins: tuple[Origin, ...]
    elements: tuple[Element, ...]
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Parameter:
    """`name`, or `name = default`; `default` has at most one item."""

    name: str
    default: tuple[Item, ...]
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class FilterDeclaration:
    """`filter name(parameters) priority n { statements }`; the span is the name's."""

    name: str
    parameters: tuple[Parameter, ...]
    priority: int | None
    statements: tuple[Statement, ...]
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class ConstantDeclaration:
    """`const name = e`."""

    name: str
    value: Expression
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class SetDeclaration:
    """`set name = { ... }`."""

    name: str
    items: tuple[Item, ...]
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class InstanceDeclaration:
    """`instance name = filter(arguments)`."""

    name: str
    filter: str
    arguments: tuple[Item, ...]
    span: Span = field(default=NOWHERE, compare=False, repr=False)


Declaration: TypeAlias = (
    HeaderDeclaration | FilterDeclaration | ConstantDeclaration | SetDeclaration | InstanceDeclaration
)


@dataclass(frozen=True, slots=True)
class File:
    """One DPF file."""

    source: Source
    declarations: tuple[Declaration, ...]
