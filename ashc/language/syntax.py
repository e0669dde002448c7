"""What was written: the nodes of an ASH file. Values; nothing here has been looked up.

In: nothing. Out: the types that `parse` makes and `names` and `lowering` read. docs/ash.md is the reference;
numbers, conditions and layouts are those of `grammar.fields.syntax`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from grammar.fields.syntax import Binary as Binary
from grammar.fields.syntax import BinaryOperator as BinaryOperator
from grammar.fields.syntax import Call as Call
from grammar.fields.syntax import Compare as Compare
from grammar.fields.syntax import CompareOperator as CompareOperator
from grammar.fields.syntax import ConstantDeclaration as ConstantDeclaration
from grammar.fields.syntax import Definition as Definition
from grammar.fields.syntax import Expression as Expression
from grammar.fields.syntax import Import as Import
from grammar.fields.syntax import Index as Index
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

PartName: TypeAlias = Literal["initial", "data", "commit", "abort"]
EndingName: TypeAlias = Literal["consume", "deliver", "abort"]
CommandName: TypeAlias = Literal["consume", "copy", "scan", "apply", "swap", "send", "wake"]


@dataclass(frozen=True, slots=True)
class Let:
    """`let x = e`, or `var x = e` where `changes`."""

    name: str
    value: Expression
    changes: bool
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class View:
    """`view t: tcp = message[34]`."""

    name: str
    struct: str
    place: Path
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Use:
    """`use sum = checksum`: an instance of a pipe, with registers of its own."""

    name: str
    pipe: str
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Assign:
    """`x = e`, `region.count[i] = e`, `sum.total = e`."""

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
class Require:
    """`require c`: abort unless it holds."""

    condition: Expression
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Ending:
    """`consume`, `deliver`, `abort` without brackets: the handler ends."""

    name: EndingName
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Command:
    """`consume(region.page, n, sum)` and other statements that look like calls."""

    name: CommandName
    arguments: tuple[Expression, ...]
    span: Span = field(default=NOWHERE, compare=False, repr=False)


Statement: TypeAlias = Let | View | Use | Assign | If | For | Require | Ending | Command


@dataclass(frozen=True, slots=True)
class Keep:
    """`keep sum: u16 = 0`: a persistent register and its first number."""

    name: str
    type: str
    seed: Expression | None
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Input:
    """`input w`: the next number of the stream."""

    name: str
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Output:
    """`output e`."""

    value: Expression
    span: Span = field(default=NOWHERE, compare=False, repr=False)


PipeStep: TypeAlias = Keep | Input | Output | Let | Assign


@dataclass(frozen=True, slots=True)
class PipeDeclaration:
    """`pipe swap : u32be -> u32le commutative { ... }`."""

    name: str
    input: str
    output: str
    commutative: bool
    no_mod: bool
    steps: tuple[PipeStep, ...]
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Message:
    """`message { ... }`: the layout of what a layer sees, from where it starts."""

    fields: tuple[LayoutField, ...]
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Part:
    """`initial { }`, `data { }`, `commit { }`, `abort { }`."""

    name: PartName
    body: tuple[Statement, ...]
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Budget:
    """`budget 4096`."""

    value: Expression
    span: Span = field(default=NOWHERE, compare=False, repr=False)


Clause: TypeAlias = Message | Part | Budget


@dataclass(frozen=True, slots=True)
class LayerDeclaration:
    """`layer ethernet { ... }`."""

    name: str
    clauses: tuple[Clause, ...]
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class LayerName:
    """A layer in `handler web = ethernet, internet`."""

    name: str
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class HandlerDeclaration:
    """`handler h : up to 1514 bytes { ... }`, or `handler h = ethernet, internet`.

    Args:
        size: of the longest message, None where it is not written.
        clauses: empty where it is composed.
        layers: empty where it is not.
    """

    name: str
    size: Expression | None
    clauses: tuple[Clause, ...]
    layers: tuple[LayerName, ...]
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class PageWord:
    """`page 0 @ 64`."""

    page: Expression
    offset: Expression


@dataclass(frozen=True, slots=True)
class KernelWord:
    """`kernel ticks`."""

    name: str


@dataclass(frozen=True, slots=True)
class Word:
    """`word state: u32 = page 0 @ 64`."""

    name: str
    type: str
    source: PageWord | KernelWord
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class When:
    """`when a == 1 and b < 2 tag 3`."""

    condition: Expression
    tag: Expression | None
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Sign:
    """A comparison behind its operands."""

    operator: CompareOperator
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Alternative:
    """`or` in a row of terms."""

    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Tag:
    """`tag 3` in a row of terms."""

    value: Expression
    span: Span = field(default=NOWHERE, compare=False, repr=False)


Term: TypeAlias = Expression | Sign | Alternative | Tag


@dataclass(frozen=True, slots=True)
class Postfix:
    """`postfix { state 1 == low L > or }`: terms as Xok has them."""

    terms: tuple[Term, ...]
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class PredicateDeclaration:
    """`predicate p { ... }`."""

    name: str
    words: tuple[Word, ...]
    products: tuple[When | Postfix, ...]
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class RegionDeclaration:
    """`region 4096 bytes { ... }`: the owner's memory."""

    size: Expression
    fields: tuple[LayoutField, ...]
    span: Span = field(default=NOWHERE, compare=False, repr=False)


Declaration: TypeAlias = (
    Import
    | ConstantDeclaration
    | Definition
    | StructDeclaration
    | RegionDeclaration
    | PipeDeclaration
    | LayerDeclaration
    | HandlerDeclaration
    | PredicateDeclaration
)


@dataclass(frozen=True, slots=True)
class File:
    """One file."""

    source: Source
    declarations: tuple[Declaration, ...]
