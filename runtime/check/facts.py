"""What holds at one place of a program: ranges of symbols, and linear inequalities between them.

In: forms that are assumed to be at most 0 (from branches, and from obligations that were met). Out: whether
another form is at most 0. A goal is proved by adding up a few assumed inequalities so that its symbols
cancel or are bounded by their ranges: enough for `base + 16 <= length`, and cheap.

Scopes nest as the bodies of the program do; what is assumed in a body is forgotten with its scope.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias

from runtime.check.interval import Range, make_range, meet, single
from runtime.check.linear import MAX_TERMS, Linear, Symbol, add_forms, lone_symbol, scale_form

_MAX_FACTS_TRIED = 24  # about one symbol, the youngest first
_MAX_DEPTH = 3  # inequalities added up for one goal
_MAX_EFFORT = 400_000  # sums tried in one function, a second or two; afterwards goals get one step each

Known: TypeAlias = tuple[str, tuple[Linear, ...]]
"""An operation and its operands: equal ones have equal results."""


@dataclass(slots=True)
class Effort:
    """How many sums were tried: bounds the time that a hostile function can take."""

    spent: int = 0

    @property
    def exhausted(self) -> bool:
        """True when only the cheapest steps are still worth trying."""
        return self.spent > _MAX_EFFORT


@dataclass(slots=True)
class Scope:
    """The facts of one body, on top of those of the bodies around it.

    Args:
        effort: shared by all scopes of a function.
        parent: the scope around this one.
        dead: no execution gets here, so everything holds.
    """

    effort: Effort
    parent: Scope | None = None
    dead: bool = False
    ranges: dict[Symbol, Range] = field(default_factory=dict)
    facts: dict[Symbol, list[Linear]] = field(default_factory=dict)
    known: dict[Known, Linear] = field(default_factory=dict)

    def open(self) -> Scope:
        """Return a new scope inside this one."""
        return Scope(self.effort, self, self.dead)

    def absorb(self, inner: Scope) -> None:
        """Take over the facts of `inner`: every execution that goes on here has come through it."""
        self.effort.spent += len(inner.ranges)
        for symbol, known in inner.ranges.items():
            self.refine(symbol, known)
        for symbol, facts in inner.facts.items():
            self.facts.setdefault(symbol, []).extend(facts)
        self.known.update(inner.known)
        self.dead = self.dead or inner.dead

    def find_range(self, symbol: Symbol) -> Range | None:
        """Return what is known of `symbol`; None: it is not defined in this scope or one around it."""
        scope: Scope | None = self
        while scope is not None:
            found = scope.ranges.get(symbol)
            if found is not None:
                return found
            scope = scope.parent
        return None

    def range_of(self, symbol: Symbol) -> Range:
        """Return what is known of `symbol`, which is defined here."""
        found = self.find_range(symbol)
        assert found is not None, f"symbol {symbol} is used outside its scope"
        return found

    def find_known(self, key: Known) -> Linear | None:
        """Return the result of an equal operation done before, if there was one."""
        scope: Scope | None = self
        while scope is not None:
            found = scope.known.get(key)
            if found is not None:
                return found
            scope = scope.parent
        return None

    def refine(self, symbol: Symbol, known: Range) -> None:
        """Assume that `symbol` is in `known`, in addition to what is known already."""
        before = self.find_range(symbol)
        after = known if before is None else meet(before, known)
        if after.empty:
            self.dead = True
        elif after != before:
            self.ranges[symbol] = after

    def bounds(self, form: Linear) -> tuple[int, int]:
        """Return the lowest and the highest number that the ranges of its symbols allow `form`."""
        low = high = form.constant
        for symbol, coefficient in form.terms:
            known = self.range_of(symbol)
            if coefficient > 0:
                low += coefficient * known.low
                high += coefficient * known.high
            else:
                low += coefficient * known.high
                high += coefficient * known.low
        return low, high

    def form_range(self, form: Linear, top: int) -> Range:
        """Return the range of `form`, which is known to be from 0 to `top`."""
        symbol = lone_symbol(form)
        if symbol is not None:
            known = self.range_of(symbol)
            return known if known.high <= top else meet(known, make_range(0, top))
        if not form.terms:
            return single(form.constant)
        low, high = self.bounds(form)
        low, high = max(low, 0), min(high, top)
        return make_range(low, high, -self._alignment(form) & ((1 << high.bit_length()) - 1))

    def assume(self, form: Linear) -> None:
        """Assume that `form` is at most 0."""
        low, _ = self.bounds(form)
        if low > 0:
            self.dead = True
            return
        for symbol, coefficient in form.terms:
            known = self.range_of(symbol)
            if coefficient > 0:
                room = (coefficient * known.low - low) // coefficient
                if room < known.high:
                    self.refine(symbol, make_range(0, room))
            else:
                need = -((coefficient * known.high - low) // -coefficient)
                if need > known.low:
                    self.refine(symbol, make_range(need, known.high))
        if 1 < len(form.terms) <= MAX_TERMS:
            for symbol, _ in form.terms:
                self.facts.setdefault(symbol, []).append(form)

    def proves(self, goal: Linear) -> bool:
        """Say whether `goal` is certainly at most 0."""
        return self.dead or self._lowest_bound(goal, _MAX_DEPTH, enough=0) <= 0

    def upper_bound(self, form: Linear) -> int:
        """Return a number that `form` never exceeds, using up to two inequalities where that helps."""
        return self._lowest_bound(form, 2, enough=None)

    def _lowest_bound(self, goal: Linear, depth: int, enough: int | None) -> int:
        best = self.bounds(goal)[1]
        if self.effort.exhausted:
            depth = min(depth, 1)
        if depth == 0 or (enough is not None and best <= enough):
            return best
        for symbol, coefficient in goal.terms:
            for fact in self._facts_about(symbol):
                reduced, factor = _cancel(goal, symbol, coefficient, fact)
                if reduced is None:
                    continue
                self.effort.spent += 1
                limit = None if enough is None else enough * factor
                best = min(best, self._lowest_bound(reduced, depth - 1, limit) // factor)
                if enough is not None and best <= enough:
                    return best
        return best

    def _facts_about(self, symbol: Symbol) -> list[Linear]:
        found: list[Linear] = []
        scope: Scope | None = self
        while scope is not None and len(found) < _MAX_FACTS_TRIED:
            found.extend(reversed(scope.facts.get(symbol, ())[-_MAX_FACTS_TRIED:]))
            scope = scope.parent
        return found[:_MAX_FACTS_TRIED]

    def _alignment(self, form: Linear) -> int:
        """Return the largest power of two that is known to divide `form` (1 << 64 at most)."""
        bits = form.constant | 1 << 64
        for symbol, coefficient in form.terms:
            may = self.range_of(symbol).may
            bits |= coefficient * (may & -may)
        return bits & -bits


def _cancel(goal: Linear, symbol: Symbol, coefficient: int, fact: Linear) -> tuple[Linear | None, int]:
    """Return `goal` minus the positive multiple of `fact` that removes `symbol`, where there is one.

    `fact` is at most 0, so `goal` is at most the result. Where the fact has a multiple of the coefficient,
    so many times the goal is reduced: `8 * w <= 31` says of an integer that it is at most 3.

    Returns:
        The form, and how many times the goal it bounds.
    """
    other = next(each for name, each in fact.terms if name == symbol)
    if (coefficient > 0) != (other > 0):
        return None, 1
    if coefficient % other == 0:
        reduced, factor = add_forms(goal, fact, -(coefficient // other)), 1
    elif other % coefficient == 0:
        factor = other // coefficient
        reduced = add_forms(scale_form(goal, factor), fact, -1)
    else:
        return None, 1
    return (reduced if len(reduced.terms) <= MAX_TERMS else None), factor
