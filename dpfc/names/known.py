"""Values that do not depend on the message: numbers, addresses, prefixes, ranges, sets.

In: syntax and the scope. Out: `Known`: a set of numbers below 2**128, with what kinds of literal it was
written with, so that an IPv6 address is not compared with a port.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from dpfc.formula import Interval, Operator
from dpfc.language import syntax
from dpfc.names.scope import RESERVED, Scope, suggest
from dpfc.valueset import normalize
from runtime.diagnostic import Diagnostic, Refused
from runtime.source import NOWHERE, Span

BITS: dict[syntax.LiteralKind, int] = {"number": 128, "ip": 32, "ip6": 128, "mac": 48}


class Slot(tuple[Interval, ...]):
    """Stands for the value of a parameter whose argument is not known yet, in a formula that serves all rows.

    It is handed on untouched into the `Test` that compares with it; whatever would look at its numbers raises
    `ConsumedError`. Slots are equal only to themselves.

    Attributes:
        parameter: its name.
        half: of a 128-bit value, how far the half that this slot stands for is to be shifted down (64 or 0);
            None for a whole value.
    """

    parameter: str
    half: int | None

    def __new__(cls, parameter: str, half: int | None = None) -> Slot:
        """Return a slot; its numbers mean nothing."""
        slot = super().__new__(cls, ((0, 0),))
        slot.parameter, slot.half = parameter, half
        return slot

    __hash__ = object.__hash__

    def __eq__(self, other: object) -> bool:
        return self is other


class ConsumedError(Exception):
    """The meaning of a filter depends on a parameter otherwise than by comparing a field with it."""


@dataclass(frozen=True, slots=True)
class Known:
    """A set of numbers below 2**128.

    Args:
        intervals: normal form.
        kinds: the kinds of literals in it.
        single: True when it was written as one value.
    """

    intervals: tuple[Interval, ...]
    kinds: frozenset[syntax.LiteralKind]
    single: bool
    span: Span = field(default=NOWHERE, compare=False, repr=False)

    @property
    def number(self) -> int:
        """The value of a single one."""
        assert self.single, "only a single value is a number"
        return require_value(self).intervals[0][0]


def require_value(known: Known) -> Known:
    """Return `known`, whose numbers are about to be looked at.

    Raises:
        ConsumedError: it stands for a parameter.
    """
    if isinstance(known.intervals, Slot):
        raise ConsumedError
    return known


@dataclass(frozen=True, slots=True)
class Names:
    """Where bare names in expressions are looked up: parameters first.

    Args:
        defined: the values of constants and sets as far as they are computed; shared and added to.
        open: constants whose definition is being read, to find cycles.
    """

    scope: Scope
    bindings: Mapping[str, Known]
    defined: dict[str, Known] = field(default_factory=dict)
    open: tuple[str, ...] = ()


def evaluate(expression: syntax.Expression, names: Names) -> Known | None:
    """Return the value of `expression`; None when it depends on the message.

    Raises:
        Refused: DPF010 for a name that means nothing, DPF015 for a constant defined by itself, DPF023 and
            DPF024 for arithmetic that has no result.
    """
    match expression:
        case syntax.Constant(value=value, kind=kind, span=span):
            return Known(((value, value),), frozenset((kind,)), True, span)
        case syntax.Prefix(value=value, length=length, kind=kind, span=span):
            spare = BITS[kind] - length
            return Known(((value, value + (1 << spare) - 1),), frozenset((kind,)), spare == 0, span)
        case syntax.Name(name=name, span=span):
            return _look_up(name, names, span)
        case syntax.Binary(operator=operator, left=left, right=right, span=span):
            first, second = evaluate(left, names), evaluate(right, names)
            if first is None or second is None:
                return None
            for part in (first, second):
                if not part.single:
                    raise Refused(several_values(part.span))
            number = _fold(operator, first.number, second.number, span)
            return Known(((number, number),), frozenset(("number",)), True, span)
        case syntax.FieldPath() | syntax.RawLoad():
            return None


def evaluate_items(items: tuple[syntax.Item, ...], names: Names, span: Span) -> Known:
    """Return the set of `items`.

    Raises:
        Refused: DPF025 for an empty set, DPF026 for an empty range, DPF027 for what depends on the message.
    """
    if not items:
        raise Refused(
            Diagnostic("DPF025", "this set is empty", span, ("nothing is in it; use `false` if you mean it",))
        )
    values = [evaluate_item(item, names) for item in items]
    if len(values) == 1:
        return replace(values[0], span=span)
    intervals = normalize(interval for value in values for interval in require_value(value).intervals)
    kinds = frozenset(kind for value in values for kind in value.kinds)
    return Known(intervals, kinds, single=False, span=span)


def evaluate_item(item: syntax.Item, names: Names) -> Known:
    """Return the value or range `item`.

    Raises:
        Refused: as `evaluate_items`.
    """
    low, high = evaluate_constant(item.low, names), evaluate_constant(item.high, names)
    if item.low is item.high:
        return Known(low.intervals, low.kinds, low.single, item.span)
    for end in (low, high):
        if not end.single:
            raise Refused(several_values(end.span))
    if low.number > high.number:
        raise Refused(
            Diagnostic(
                "DPF026", "this range is empty: it ends before it begins", item.span, ("swap its ends",)
            )
        )
    return Known(((low.number, high.number),), low.kinds | high.kinds, low.number == high.number, item.span)


def evaluate_constant(expression: syntax.Expression, names: Names) -> Known:
    """Return the value of `expression`.

    Raises:
        Refused: DPF027 if it depends on the message, and as `evaluate`.
    """
    value = evaluate(expression, names)
    if value is None:
        message = "this depends on the message, where a constant is needed"
        raise Refused(Diagnostic("DPF027", message, expression.span, ("compare with `==` instead of `in`",)))
    return value


def several_values(span: Span) -> Diagnostic:
    """Return the diagnostic for a set where one value is needed."""
    note = "sets, ranges and prefixes stand behind `==`, `!=`, `in` and `not in`"
    return Diagnostic("DPF023", "this is a set of values, where one value is needed", span, (note,))


def _look_up(name: str, names: Names, span: Span) -> Known | None:
    if name in names.bindings:
        return names.bindings[name]
    if name in names.scope.constants or name in names.scope.sets:
        return replace(_look_up_definition(name, names, span), span=span)
    if name == RESERVED:
        return None
    notes = suggest(name, (*names.bindings, *names.scope.constants, *names.scope.sets, RESERVED))
    if name in names.scope.headers:
        notes = (f"`{name}` is a header: write `{name}.field`, or `{name}` alone as a condition",)
    raise Refused(Diagnostic("DPF010", f"there is no value `{name}`", span, notes))


def _look_up_definition(name: str, names: Names, span: Span) -> Known:
    if name in names.defined:
        return names.defined[name]
    if name in names.open:
        raise Refused(
            Diagnostic("DPF015", f"`{name}` is defined by itself", span, ("give it a value of its own",))
        )
    inner = Names(names.scope, {}, names.defined, (*names.open, name))
    if len(inner.open) > _DEEPEST:
        message = f"more than {_DEEPEST} constants are defined by one another"
        raise Refused(Diagnostic("DPF015", message, span, ("write some of the values out",)))
    constant = names.scope.constants.get(name)
    if constant is not None:
        value = evaluate_constant(constant.value, inner)
    else:
        declaration = names.scope.sets[name]
        value = evaluate_items(declaration.items, inner, declaration.span)
    names.defined[name] = value
    return value


_DEEPEST = 32


def _fold(operator: Operator, left: int, right: int, span: Span) -> int:
    if operator in {"/", "%"} and right == 0:
        raise Refused(Diagnostic("DPF024", "this divides by zero", span, ("choose another divisor",)))
    if operator in {"<<", ">>"} and right > 63:
        note = "numbers have 64 bits: shift by 0 to 63"
        raise Refused(Diagnostic("DPF024", f"this shifts by {right} bits", span, (note,)))
    result = calculate(operator, left, right)
    if max(left, right, result) >> 64 or result < 0:
        note = "arithmetic is on numbers from 0 to 2**64 - 1"
        raise Refused(
            Diagnostic(
                "DPF024", "this result, or what it is computed from, is no 64-bit number", span, (note,)
            )
        )
    return result


def calculate(operator: Operator, left: int, right: int) -> int:
    """Return `left operator right` on exact integers; a divisor must not be zero."""
    match operator:
        case "+":
            return left + right
        case "-":
            return left - right
        case "*":
            return left * right
        case "/":
            return left // right
        case "%":
            return left % right
        case "&":
            return left & right
        case "|":
            return left | right
        case "^":
            return left ^ right
        case "<<":
            return left << right
        case ">>":
            return left >> right
