"""What is known at one place of the code: ranges of symbols, and linear inequalities between them.

In: inequalities that hold (from branches, from operations). Out: bounds of forms. A bound is found by
adding up to three known inequalities so that symbols cancel; the rest is bounded by ranges.
"""

from __future__ import annotations

from collections.abc import Iterator

from runtime.validate.linear import Linear, Symbol, Terms, add_forms, scale_form
from runtime.validate.symbols import Operation, Symbols

_MAX_DEPTH = 3
_MAX_TERMS = 6
_MAX_FACTS_TRIED = 24  # about one symbol, the youngest first
_MAX_ROUNDS = 3
_MAX_SUMS = 600  # tried for one goal


class Facts:
    """Ranges and inequalities; changed in place, copied where paths part.

    Attributes:
        reach: how many inequalities to add up when a bound is wanted rather than a proof.
        dead: no execution comes here: what is assumed contradicts itself.
        ranges: of the symbols that are better known than `Symbols.highs` says.
        inequalities: terms -> the smallest constant for which `terms + constant >= 0` is known.
    """

    def __init__(self, symbols: Symbols, reach: int = 1) -> None:
        self.symbols = symbols
        self.reach = reach
        self.dead = False
        self.ranges: dict[Symbol, tuple[int, int]] = {}
        self.inequalities: dict[Terms, int] = {}
        self._about: dict[Symbol, tuple[tuple[Terms, int], ...]] = {}  # with the symbol's coefficient

    def copy(self) -> Facts:
        """Return an independent copy."""
        other = Facts(self.symbols, self.reach)
        other.dead = self.dead
        other.ranges = dict(self.ranges)
        other.inequalities = dict(self.inequalities)
        other._about = dict(self._about)
        return other

    def range_of(self, symbol: Symbol) -> tuple[int, int]:
        """Return the lowest and highest value of `symbol`."""
        return self.ranges.get(symbol) or (0, self.symbols.highs[symbol])

    def bounds(self, form: Linear) -> tuple[int, int]:
        """Return the lowest and highest value that the ranges allow the integer `form`."""
        low = high = form.constant
        for symbol, coefficient in form.terms:
            least, most = self.range_of(symbol)
            if coefficient < 0:
                least, most = most, least
            low += coefficient * least
            high += coefficient * most
        return low, high

    def assume(self, form: Linear) -> None:
        """Take for true that the integer `form` is at least 0."""
        waiting = [(form, 0)]
        while waiting and not self.dead:
            fact, rounds = waiting.pop()
            changed = self._narrow(fact)
            if len(fact.terms) > 1:
                self._keep(fact)
            if rounds < _MAX_ROUNDS:
                for symbol in changed:
                    waiting += [(each, rounds + 1) for each in self._consequences(symbol)]

    def assume_equal(self, left: Linear, right: Linear) -> None:
        """Take for true that two integer forms are equal."""
        difference = add_forms(left, right, -1)
        self.assume(difference)
        self.assume(scale_form(difference, -1))

    def proves(self, goal: Linear) -> bool:
        """Say whether the integer `goal` is certainly at least 0; short proofs are looked for first."""
        depths = range(1, _MAX_DEPTH + 1)
        return self.dead or any(self._search(goal, depth, 0, [_MAX_SUMS]) >= 0 for depth in depths)

    def implies(self, fact: Linear) -> bool:
        """Say whether `fact` is at least 0, trying less hard than `proves`."""
        known = self.inequalities.get(fact.terms)
        if known is not None and known <= fact.constant:
            return True
        return self.dead or self._search(fact, 1, 0, [_MAX_SUMS]) >= 0

    def lower_bound(self, form: Linear) -> int:
        """Return a number that the integer `form` never goes below, using `reach` inequalities at most."""
        return self._search(form, self.reach, None, [_MAX_SUMS])

    def all_inequalities(self) -> Iterator[Linear]:
        """Yield everything known as forms that are at least 0."""
        for symbol, (low, high) in self.ranges.items():
            yield Linear(((symbol, 1),), -low)
            yield Linear(((symbol, -1),), high)
        for terms, constant in self.inequalities.items():
            yield Linear(terms, constant)

    def related_symbols(self, form: Linear) -> Iterator[Symbol]:
        """Yield the symbols of `form`, and those that appear with them in an inequality."""
        for symbol, _ in form.terms:
            yield symbol
            for terms, _ in self._about.get(symbol, ())[:_MAX_FACTS_TRIED]:
                for other, _ in terms:
                    yield other

    def _narrow(self, fact: Linear) -> list[Symbol]:
        """Cut the ranges of the symbols in `fact` to what it allows; return those that changed."""
        _, high = self.bounds(fact)
        if high < 0:
            self.dead = True
            return []
        changed: list[Symbol] = []
        for symbol, coefficient in fact.terms:
            low, most = self.range_of(symbol)
            if coefficient > 0:
                least = most - high // coefficient
                if least > low:
                    self.ranges[symbol] = (least, most)
                    changed.append(symbol)
            else:
                largest = low + high // -coefficient
                if largest < most:
                    self.ranges[symbol] = (low, largest)
                    changed.append(symbol)
        return changed

    def _keep(self, fact: Linear) -> None:
        known = self.inequalities.get(fact.terms)
        if known is None:
            for symbol, coefficient in fact.terms:
                self._about[symbol] = ((fact.terms, coefficient), *self._about.get(symbol, ()))
        if known is None or fact.constant < known:
            self.inequalities[fact.terms] = fact.constant

    def _consequences(self, symbol: Symbol) -> Iterator[Linear]:
        """Yield what the new range of `symbol` may say about others.

        A truncated number is its operand minus a multiple of 2**width; once only one multiple is possible,
        they are equal but for it.
        """
        for terms, _ in self._about.get(symbol, ())[:_MAX_FACTS_TRIED]:
            yield Linear(terms, self.inequalities[terms])
        match self.symbols.definitions[symbol]:
            case Operation(name="trunc", width=width, operands=(operand,)):
                (low, high), (least, most) = self.bounds(operand), self.range_of(symbol)
                first, last = -((most - low) >> width), (high - least) >> width
                if first == last:
                    equal = add_forms(operand, Linear(((symbol, 1),), first << width), -1)
                    yield equal
                    yield scale_form(equal, -1)
                elif first > last:
                    self.dead = True
            case _:
                return

    def _search(self, goal: Linear, depth: int, enough: int | None, budget: list[int]) -> int:
        """Return the best lower bound found, stopping at `enough`.

        A positive multiple of an inequality is taken away where that removes a symbol.
        """
        best = self.bounds(goal)[0]
        if depth == 0 or (enough is not None and best >= enough):
            return best
        for symbol, coefficient in goal.terms:
            for terms, other in self._about.get(symbol, ())[:_MAX_FACTS_TRIED]:
                if (coefficient > 0) != (other > 0) or coefficient % other or budget[0] <= 0:
                    continue
                reduced = add_forms(goal, Linear(terms, self.inequalities[terms]), -(coefficient // other))
                if len(reduced.terms) > _MAX_TERMS:
                    continue
                budget[0] -= 1
                best = max(best, self._search(reduced, depth - 1, enough, budget))
                if enough is not None and best >= enough:
                    return best
        return best
