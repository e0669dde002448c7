"""Expressions and places in one form, whatever their spelling.

In: expressions as the names were resolved. Out: equal expressions, written as `dpfc.atoms.bits` writes them,
constants of sums last, constant distances in the offsets of loads; and what room the original needs, because
the new loads may be narrower, and a test that a short message fails must go on failing it.

    shift 4 + 0:8; 2:16        start + (4 + 0:8) [2:16]        start + 0:8 [6:16]
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from dpfc import formula as f
from dpfc.atoms.bits import read_bits, write_bits
from dpfc.atoms.bounds import find_maximum
from dpfc.merge.need import iterate_needs, order_key
from dpfc.valueset import TOP
from runtime import limits

Needs: TypeAlias = Mapping[f.Base, int]
"""How many bytes must have been captured from each base on."""

BYTE: f.ValueSet = ((0, 255),)


@dataclass(frozen=True, slots=True)
class Rewritten:
    """An expression in its one form, and the room that its original needs."""

    expression: f.Expression
    needs: Needs


@dataclass(frozen=True, slots=True)
class Placed:
    """`distance` bytes behind `base`, and the room that finding `base` needs."""

    base: f.Base
    distance: int
    needs: Needs


@dataclass(slots=True)
class Rewriter:
    """Rewrites, and remembers bases: filters share them.

    Args:
        canonical: what to do with the conditions of chains.
    """

    canonical: Callable[[f.Formula], f.Formula]
    _bases: dict[f.Base, Placed] = field(default_factory=dict)
    _chains: dict[f.Chain, tuple[f.Chain, Needs]] = field(default_factory=dict)

    def expression(self, expression: f.Expression) -> Rewritten:
        """Return `expression` in its one form."""
        match expression:
            case f.Number() | f.Captured():
                return Rewritten(expression, {})
            case f.Field():
                return self._field(expression)
            case f.ChainKey(chain=chain):
                rewritten, needs = self._chain(chain)
                return Rewritten(f.ChainKey(rewritten), needs)
            case f.Comparing(operator=operator, left=left, right=right):
                first, second = self.expression(left), self.expression(right)
                pair = _order(operator in {"==", "!="}, first.expression, second.expression)
                return Rewritten(f.Comparing(operator, *pair), join_needs(first.needs, second.needs))
            case f.Arithmetic(left=left, right=right):
                first, second = self.expression(left), self.expression(right)
                part = replace(expression, left=first.expression, right=second.expression)
                return Rewritten(_tidy(part), join_needs(first.needs, second.needs))

    def base(self, base: f.Base) -> Placed:
        """Return the place of `base` in its one form."""
        match base:
            case f.Start() | f.Here():
                return Placed(base, 0, {})
            case f.Shift() | f.ChainEnd():
                known = self._bases.get(base)
                if known is None:
                    known = self._bases[base] = self._place(base)
                return known

    def _field(self, part: f.Field) -> Rewritten:
        placed = self.base(part.base)
        offset = part.offset + 8 * placed.distance
        load = f.Field(placed.base, offset, part.bits, part.little and part.bits > 8)
        return Rewritten(load, join_needs(placed.needs, {placed.base: (offset + part.bits + 7) // 8}))

    def _place(self, base: f.Shift | f.ChainEnd) -> Placed:
        match base:
            case f.ChainEnd(chain=chain):
                rewritten, needs = self._chain(chain)
                return Placed(f.ChainEnd(rewritten), 0, needs)
            case f.Shift(base=inner, amount=amount, span=span):
                before, distance = self.base(inner), self.expression(amount)
                needs = join_needs(before.needs, distance.needs)
                rest, constant = _split_constant(distance.expression)
                if before.distance + constant > limits.MAX_MESSAGE_BYTES:
                    rest, constant = distance.expression, 0  # no load is so far away: leave it as it is
                if rest == f.Number(0):
                    return Placed(before.base, before.distance + constant, needs)
                return Placed(f.Shift(before.base, rest, span), before.distance + constant, needs)

    def _chain(self, chain: f.Chain) -> tuple[f.Chain, Needs]:
        known = self._chains.get(chain)
        if known is None:
            placed, key = self.base(chain.start), self.expression(chain.key)
            start = f.Shift(placed.base, f.Number(placed.distance)) if placed.distance else placed.base
            links = tuple(self._link(link) for link in chain.links)
            rewritten = f.Chain(start, key.expression, links, chain.limit, chain.span)
            known = self._chains[chain] = (rewritten, join_needs(placed.needs, key.needs))
        return known

    def _link(self, link: f.ChainLink) -> f.ChainLink:
        """Rewrite a link; a load without a value stops the walk just as a condition that is false does."""
        next_key, skip = self.expression(link.next_key), self.expression(link.skip)
        missing = list_missing(join_needs(next_key.needs, skip.needs), (next_key.expression, skip.expression))
        when = self.canonical(f.And((*missing, link.when)))
        return f.ChainLink(link.keys, when, next_key.expression, skip.expression, link.span)


def join_needs(first: Needs, second: Needs) -> Needs:
    """Return the room that both need."""
    if not first or not second:
        return first or second
    return {base: max(first.get(base, 0), second.get(base, 0)) for base in (*first, *second)}


def list_missing(needs: Needs, expressions: Iterable[f.Expression]) -> tuple[f.Test, ...]:
    """Return tests of the room in `needs` that having values of `expressions` does not imply."""
    there: dict[f.Base, int] = {}
    for expression in expressions:
        for base, size in iterate_needs(expression):
            there[base] = max(size, there.get(base, 0))
    return tuple(require_room(base, size) for base, size in needs.items() if size > there.get(base, 0))


def require_room(base: f.Base, size: int) -> f.Test:
    """Return the test that `size` bytes were captured from `base` on: the last of them has some value."""
    return f.Test(f.Field(base, 8 * size - 8, 8), BYTE)


def _order(symmetric: bool, left: f.Expression, right: f.Expression) -> tuple[f.Expression, f.Expression]:
    """Return the operands in their one order: message order, a constant last."""
    if not symmetric or isinstance(right, f.Number) or _key(left) <= _key(right):
        return left, right
    return right, left


def _key(expression: f.Expression) -> tuple[bool, tuple[int, int, int], str]:
    return isinstance(expression, f.Number), order_key(expression), repr(expression)


def _tidy(part: f.Arithmetic) -> f.Expression:
    """Return `part`, whose operands are in their one form, in its own."""
    bits = read_bits(part)
    if bits is not None:
        return write_bits(bits, part.span)
    if part.operator == "+":
        return _tidy_sum(part)
    left, right = _order(part.operator in {"*", "&", "|", "^"}, part.left, part.right)
    return replace(part, left=left, right=right)


def _tidy_sum(part: f.Arithmetic) -> f.Expression:
    """Return the sum with its terms in order and its constants added up.

    No order changes whether a sum wraps: partial sums of unsigned numbers only grow.
    """
    terms = sorted((*_iterate_terms(part.left), *_iterate_terms(part.right)), key=_key)
    constant = sum(term.number for term in terms if isinstance(term, f.Number))
    if constant > TOP:
        return part
    variable = [term for term in terms if not isinstance(term, f.Number)]
    if not variable:
        return f.Number(constant)
    result = variable[0]
    for term in (*variable[1:], *((f.Number(constant),) if constant else ())):
        result = f.Arithmetic("+", result, term, part.span)
    return result


def _iterate_terms(expression: f.Expression) -> tuple[f.Expression, ...]:
    match expression:
        case f.Arithmetic(operator="+", left=left, right=right):
            return (*_iterate_terms(left), *_iterate_terms(right))
        case _:
            return (expression,)


def _split_constant(amount: f.Expression) -> tuple[f.Expression, int]:
    """Return what of `amount` depends on the message, and the rest, where their sum cannot wrap."""
    match amount:
        case f.Number(number=number):
            return f.Number(0), number
        case f.Arithmetic(operator="+", left=left, right=f.Number(number=number)):
            if find_maximum(left) + number <= TOP:
                return left, number
        case _:
            pass
    return amount, 0
