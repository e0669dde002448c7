"""What a filter means, with names resolved: a formula over loads from one message.

In: nothing. Out: the node family between the language (`dpfc.language.syntax`, which knows headers and sugar)
and the decision trie (`dpfc.merge.trie`, which knows merging). `dpfc.resolve` makes it from syntax;
`dpfc.naive` says what it means.

Every load is `bits` wide at a bit offset from a *base*: the start of the message, or where a shift leads.
A load that is not entirely inside the captured message has no value; neither has anything computed from it;
and a `Test` of something without a value is false. Arithmetic is exact on unsigned 64-bit numbers: a program
whose arithmetic can wrap is refused (`runtime.check`), so formulas do not say what wrapping would mean.

All nodes are hashable values; equal nodes mean equal things, so merging compares with `==`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, NewType, TypeAlias

from runtime.source import NOWHERE, Span

FilterId = NewType("FilterId", int)
"""1, 2, ... in the order of definition; 0 means that no filter accepts."""

Operator: TypeAlias = Literal["+", "-", "*", "/", "%", "&", "|", "^", "<<", ">>"]
Comparison: TypeAlias = Literal["==", "!=", "<", "<="]

Interval: TypeAlias = tuple[int, int]
"""Lowest and highest member, both included."""

ValueSet: TypeAlias = tuple[Interval, ...]
"""Disjoint, not abutting, ascending intervals of unsigned 64-bit numbers."""


@dataclass(frozen=True, slots=True)
class Start:
    """The first byte of the message."""


@dataclass(frozen=True, slots=True)
class Shift:
    """`amount` bytes after `base`; the amount's loads have bases of their own.

    A shift may lead beyond the end of the message; then no load from it has a value. A shift by a number is
    folded into the offsets of the loads behind it; only as the start of a chain does it stand alone.
    """

    base: Base
    amount: Expression
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class ChainLink:
    """How to step over one kind of header in a chain.

    Args:
        keys: the current key values that this link handles.
        when: a further condition, on loads from `Here`; a link whose condition is false ends the chain.
        next_key: the new key, read from `Here`.
        skip: bytes from this header to the next, read from `Here`.
    """

    keys: ValueSet
    when: Formula
    next_key: Expression
    skip: Expression
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Chain:
    """A walk over a chain of headers, such as IPv6 extension headers.

    The walk is at `start` with key `key`. At most `limit` times: take the first link whose keys contain the
    key; if there is none, if a load of its has no value or if its `when` is false, stop; else the key becomes
    its `next_key` and the place moves by its `skip`. If `key` itself has no value, the chain has neither key
    nor end.
    """

    start: Base
    key: Expression
    links: tuple[ChainLink, ...]
    limit: int
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class ChainEnd:
    """The base where a chain stopped."""

    chain: Chain


@dataclass(frozen=True, slots=True)
class Here:
    """Inside a `ChainLink` only: the header that the walk is at."""


Base: TypeAlias = Start | Shift | ChainEnd | Here


@dataclass(frozen=True, slots=True)
class Field:
    """A load: `bits` (1 to 64) at bit `offset` from `base`; bit 0 is the top bit of the first byte.

    Big endian. A little-endian field (`little`) starts on a byte and has whole bytes.
    It has a value when all bytes that it touches are inside the captured message.
    """

    base: Base
    offset: int
    bits: int
    little: bool = False


@dataclass(frozen=True, slots=True)
class Number:
    """A constant, 0 to 2**64 - 1."""

    number: int


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """`left operator right` on exact unsigned 64-bit numbers."""

    operator: Operator
    left: Expression
    right: Expression
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Comparing:
    """1 when the comparison holds, else 0: only where both sides depend on the message."""

    operator: Comparison
    left: Expression
    right: Expression


@dataclass(frozen=True, slots=True)
class ChainKey:
    """The key with which a chain stopped."""

    chain: Chain


@dataclass(frozen=True, slots=True)
class Captured:
    """The number of captured bytes of the message; always has a value."""


Expression: TypeAlias = Field | Number | Arithmetic | Comparing | ChainKey | Captured


@dataclass(frozen=True, slots=True)
class Test:
    """True when `subject` has a value and the value is in `values`."""

    __test__ = False  # not a test case, whatever pytest thinks

    subject: Expression
    values: ValueSet
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class And:
    """All of `parts`; with no parts, true."""

    parts: tuple[Formula, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """Any of `parts`; with no parts, false."""

    parts: tuple[Formula, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """The plain negation of `part`."""

    part: Formula


Formula: TypeAlias = Test | And | Or | Not


@dataclass(frozen=True, slots=True)
class Filter:
    """One filter, resolved.

    Args:
        id: its number.
        name: as written; instances from a CSV file are `name[row]`.
        formula: which messages it accepts.
        priority: larger wins where filters overlap; None when not given.
        span: the filter's name in its source.
    """

    id: FilterId
    name: str
    formula: Formula
    priority: int | None
    span: Span = field(default=NOWHERE, compare=False, repr=False)
