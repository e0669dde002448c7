"""Values that depend on the message: from syntax to formula expressions.

In: `syntax.Expression` and a `View`, which says where headers are, what raw loads are relative to, and what
bare names mean. Out: a `formula.Expression`, a `Wide` field, or a `Known` value.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from dpfc import formula as f
from dpfc.language import syntax
from dpfc.names.header import Header, check_little
from dpfc.names.known import BITS, Known, Names, evaluate, several_values
from dpfc.names.place import Place, Wide, load, move
from dpfc.names.scope import RESERVED, find_header, suggest
from runtime.diagnostic import Diagnostic, Refused
from runtime.source import Span

Value: TypeAlias = f.Expression | Wide | Known


@dataclass(frozen=True, slots=True)
class Standing:
    """A header where it stands in a stack.

    Args:
        chain: the walk behind the header, if it has one.
    """

    header: Header
    place: Place
    chain: f.Chain | None = None


@dataclass(frozen=True, slots=True)
class View:
    """What an expression may look at.

    Args:
        names: bare names.
        stack: the headers that paths such as `tcp.dport` refer to, outermost first.
        raw: what raw loads are relative to.
        own: the header being defined, whose fields bare names may be.
    """

    names: Names
    stack: tuple[Standing, ...]
    raw: Place
    own: Standing | None = None


def resolve_value(expression: syntax.Expression, view: View) -> Value:
    """Return the meaning of `expression`.

    Raises:
        Refused: DPF010 to DPF024 for names and types that do not fit.
    """
    match expression:
        case syntax.Name(name=name, span=span):
            if view.own is not None and name in _list_fields(view.own.header):
                return read_field(view.own, name, span)
            if name == RESERVED:
                return f.Captured()
            return _known(expression, view)
        case syntax.Constant() | syntax.Prefix():
            return _known(expression, view)
        case syntax.FieldPath(headers=headers, name=name, span=span):
            return read_field(find_standing(headers, view, span), name, span)
        case syntax.RawLoad(base=base, bits=bits, little=little, span=span):
            return _load_raw(base, bits, little, span, view)
        case syntax.Binary(operator=operator, left=left, right=right, span=span):
            first, second = resolve_value(left, view), resolve_value(right, view)
            if isinstance(first, Known) and isinstance(second, Known):
                return _known(expression, view)
            _check_operands(first, left.span, second, right.span)
            return f.Arithmetic(operator, as_number(first, left.span), as_number(second, right.span), span)


def resolve_number(expression: syntax.Expression, view: View) -> f.Expression:
    """Return the meaning of `expression`, which must be a 64-bit number.

    Raises:
        Refused: DPF022 or DPF023 if it is not, and as `resolve_value`.
    """
    return as_number(resolve_value(expression, view), expression.span)


def as_number(value: Value, span: Span) -> f.Expression:
    """Return `value` as something to compute with.

    Raises:
        Refused: DPF022 for something wider than 64 bits, DPF023 for a set.
    """
    match value:
        case Wide():
            note = "compare it with `==`, `!=`, `<` ... or `in`; for a part of it, load the part: `22:32`"
            raise Refused(Diagnostic("DPF022", "a field of 128 bits cannot be computed with", span, (note,)))
        case Known():
            if not value.single:
                raise Refused(several_values(span))
            if value.number >> 64:
                note = "only fields of 128 bits can be compared with it"
                raise Refused(
                    Diagnostic(
                        "DPF022", "a number of more than 64 bits cannot be computed with", span, (note,)
                    )
                )
            return f.Number(value.number)
        case _:
            return value


def read_field(standing: Standing, name: str, span: Span) -> f.Expression | Wide:
    """Return the field `name` of the header `standing`.

    Raises:
        Refused: DPF011 if it has none of that name.
    """
    chain = standing.chain
    if chain is not None and standing.header.chain is not None and name == standing.header.chain.name:
        return f.ChainKey(chain)
    check_field(standing.header, name, span)
    placed = standing.header.fields[name]
    return load(standing.place, placed.offset, placed.bits, placed.little)


def check_field(header: Header, name: str, span: Span) -> None:
    """Refuse (DPF011) a field that `header` does not have."""
    known = _list_fields(header)
    if name not in known:
        message = f"header `{header.name}` has no field `{name}`"
        raise Refused(Diagnostic("DPF011", message, span, suggest(name, known)))


def find_standing(headers: tuple[str, ...], view: View, span: Span) -> Standing:
    """Return the header that the path `headers` means: the outermost one behind the others.

    Raises:
        Refused: DPF010 for a header that does not exist, DPF030 for one that may not be looked at here.
    """
    found: Standing | None = None
    rest = list(view.stack)
    for name in headers:
        header = find_header(view.names.scope, name, span)
        while rest and rest[0].header.name != header.name:
            rest.pop(0)
        if not rest:
            raise Refused(
                Diagnostic(
                    "DPF030", f"`{name}` cannot be looked at here", span, ("use a field of this header",)
                )
            )
        found = rest.pop(0)
    assert found is not None, "a path names a header"
    return found


def width_of(value: Value) -> int:
    """Return the number of bits that `value` may have."""
    match value:
        case f.Field(bits=bits):
            return bits
        case Wide():
            return 128
        case f.Comparing():
            return 1
        case _:
            return 64


def check_kinds(value: Value, known: Known, span: Span) -> None:
    """Refuse (DPF021) an address where `value` is a field of another width than that address."""
    if not isinstance(value, f.Field | Wide):
        return
    for kind in sorted(known.kinds - {"number"}):
        if BITS[kind] != width_of(value):
            what = {"ip": "an IPv4 address", "ip6": "an IPv6 address", "mac": "an Ethernet address"}[kind]
            message = f"{what} has {BITS[kind]} bits, and this field {width_of(value)}"
            raise Refused(Diagnostic("DPF021", message, span, ("compare it with a field of its own kind",)))


def _check_operands(first: Value, first_span: Span, second: Value, second_span: Span) -> None:
    if isinstance(second, Known):
        check_kinds(first, second, second_span)
    if isinstance(first, Known):
        check_kinds(second, first, first_span)


def _known(expression: syntax.Expression, view: View) -> Known:
    known = evaluate(expression, view.names)
    assert known is not None, "nothing in it depends on the message"
    return known


def _load_raw(base: syntax.Expression, bits: int, little: bool, span: Span, view: View) -> f.Field | Wide:
    place = move(view.raw, resolve_number(base, view), base.span)
    check_little(0, bits, little, span)
    return load(place, 0, bits, little)


def _list_fields(header: Header) -> tuple[str, ...]:
    return (*header.fields, *((header.chain.name,) if header.chain else ()))
