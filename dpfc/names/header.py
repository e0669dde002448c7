"""Headers with their fields placed and their parents known.

In: `syntax.HeaderDeclaration`. Out: `Header`: where each field lies, and which headers this one follows.
Conditions and lengths stay syntax; `dpfc.names.reading` reads them where the header stands in a stack.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from dpfc.language import syntax
from runtime import limits
from runtime.diagnostic import Diagnostic, Refused
from runtime.source import NOWHERE, Span

Named: TypeAlias = syntax.FieldPath | syntax.Present
"""Where a header is named."""


@dataclass(frozen=True, slots=True)
class Placed:
    """A field: `bits` at bit `offset` of its header."""

    offset: int
    bits: int
    little: bool
    format: syntax.Format


@dataclass(frozen=True, slots=True)
class Edge:
    """A way to a header: it follows `parent` (or starts captures of type `link`) where `condition` holds.

    Args:
        parent: a header's name; empty for a link.
        link: the link type; -1 for a parent.
        condition: looks at the parent's fields and, as raw loads, at this header.
    """

    parent: str
    link: int
    condition: syntax.Condition
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Header:
    """One kind of header.

    Args:
        length: bytes to the next header; None when nothing can follow.
        chain: the walk over headers of the same family behind this one.
    """

    name: str
    fields: Mapping[str, Placed]
    length: syntax.Expression | None
    chain: syntax.ChainBlock | None
    edges: tuple[Edge, ...]
    span: Span = field(default=NOWHERE, compare=False, repr=False)


def lay_out_header(declaration: syntax.HeaderDeclaration) -> Header:
    """Return `declaration` with its fields placed.

    Raises:
        Refused: DPF012 for a name given twice, DPF030 to DPF033 for what a header cannot be.
    """
    fields: dict[str, Placed] = {}
    length: syntax.Expression | None = None
    chain: syntax.ChainBlock | None = None
    offset = 0
    for element in declaration.elements:
        match element:
            case syntax.FieldLine(name=name, bits=bits, format=form, span=span):
                _add(fields, name, Placed(offset, bits, little=False, format=form), span)
                offset += bits
            case syntax.PlacedField(name=name, offset=at, bits=bits, little=little, format=form, span=span):
                check_little(8 * at, bits, little, span)
                _add(fields, name, Placed(8 * at, bits, little, form), span)
            case syntax.Skipped(bits=bits):
                offset += bits
            case syntax.HeaderLength(amount=amount, span=span):
                if length is not None:
                    raise Refused(Diagnostic("DPF012", f"`{declaration.name}` has two lengths", span))
                length = amount
            case syntax.ChainBlock(span=span):
                if chain is not None:
                    raise Refused(Diagnostic("DPF012", f"`{declaration.name}` has two chains", span))
                chain = element
        if offset > 8 * limits.MAX_MESSAGE_BYTES:
            raise Refused(Diagnostic("DPF009", "this header is longer than any message", element.span))
    _check_chain(fields, length, chain)
    edges = tuple(_make_edge(origin) for origin in declaration.origins)
    return Header(declaration.name, fields, length, chain, edges, declaration.span)


def check_little(offset: int, bits: int, little: bool, span: Span) -> None:
    """Refuse (DPF031) a little-endian load that is not whole bytes, at most 64 bits of them."""
    if little and (offset % 8 or bits % 8 or bits > 64):
        note = "byte order is about bytes: use 8, 16, 24, ... 64 bits"
        raise Refused(Diagnostic("DPF031", f"a load of {bits} bits cannot be little-endian", span, (note,)))


def list_paths(part: syntax.Statement | syntax.Expression, *, negated: bool = False) -> Iterator[Named]:
    """Yield where `part` names headers, but not inside other filters, and inside `not` only if `negated`."""
    match part:
        case syntax.FieldPath() | syntax.Present():
            yield part
        case syntax.Compare(left=left, right=right) | syntax.Binary(left=left, right=right):
            yield from list_paths(left)
            yield from list_paths(right)
        case syntax.Member(subject=subject):
            yield from list_paths(subject)
        case syntax.AllOf(parts=parts) | syntax.AnyOf(parts=parts):
            for inner in parts:
                yield from list_paths(inner, negated=negated)
        case syntax.Negation(part=inner):
            if negated:
                yield from list_paths(inner, negated=True)
        case syntax.RawLoad(base=inner) | syntax.ShiftBy(amount=inner):
            yield from list_paths(inner)
        case syntax.Reference() | syntax.Truth() | syntax.Constant() | syntax.Prefix() | syntax.Name():
            return


def mentions_field(part: syntax.Condition | syntax.Expression, name: str) -> bool:
    """True when `part` looks at a field called `name`, also inside a `not`."""
    match part:
        case syntax.FieldPath(name=found):
            return found == name
        case syntax.Compare(left=left, right=right) | syntax.Binary(left=left, right=right):
            return mentions_field(left, name) or mentions_field(right, name)
        case syntax.Member(subject=subject):
            return mentions_field(subject, name)
        case syntax.AllOf(parts=parts) | syntax.AnyOf(parts=parts):
            return any(mentions_field(inner, name) for inner in parts)
        case syntax.RawLoad(base=inner) | syntax.Negation(part=inner):
            return mentions_field(inner, name)
        case syntax.Present() | syntax.Reference() | syntax.Truth() | syntax.Constant() | syntax.Prefix():
            return False
        case syntax.Name():
            return False


def _add(fields: dict[str, Placed], name: str, placed: Placed, span: Span) -> None:
    if name in fields:
        raise Refused(Diagnostic("DPF012", f"this header has two fields `{name}`", span))
    fields[name] = placed


def _check_chain(
    fields: dict[str, Placed], length: syntax.Expression | None, chain: syntax.ChainBlock | None
) -> None:
    if chain is None:
        return
    if length is None:
        note = "the walk starts where the header ends: add `length = ...`"
        raise Refused(Diagnostic("DPF032", "a header with a chain needs a length", chain.span, (note,)))
    if chain.name in fields:
        raise Refused(Diagnostic("DPF012", f"this header has two fields `{chain.name}`", chain.span))
    key = fields.get(chain.key)
    if key is None or key.bits > 64:
        message = f"`{chain.key}` is not a field of this header, of at most 64 bits"
        raise Refused(Diagnostic("DPF011", message, chain.span))


def _make_edge(origin: syntax.Origin) -> Edge:
    match origin:
        case syntax.LinkOrigin(link=link, condition=condition, span=span):
            if any(True for _ in list_paths(condition, negated=True)):
                message = "the first header has no header before it whose fields it could look at"
                raise Refused(
                    Diagnostic("DPF030", message, condition.span, ("use raw loads: `and 0:4 == 4`",))
                )
            return Edge("", link, condition, span)
        case syntax.ParentOrigin(condition=condition, span=span):
            parents = {named.headers for named in list_paths(condition, negated=True)}
            if len(parents) != 1 or len(next(iter(parents))) != 1:
                message = "each condition behind `on` looks at the fields of exactly one header"
                note = "separate several parents by commas: `on ethernet.type == 1, vlan.type == 1`"
                raise Refused(Diagnostic("DPF030", message, span, (note,)))
            return Edge(next(iter(parents))[0], -1, condition, span)
