"""Loops in the fast pass: guess what holds at the head of a loop, and weaken the guess until it does.

In: a loop and the knowledge before it. Out: an invariant: a range for each carried value, and linear facts:
    that
it is at most the length of a region, and that it grows by at least and at most so much per iteration.

    for %i < %n max 8 with %p = %start { ... next (%q) }

`%p <= length` stays when it holds for `%start`, and for `%q` whenever it held for `%p`. Ranges that grow are
widened to the next threshold, so that a few walks over the body are enough.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from runtime.check.facts import Scope
from runtime.check.interval import Range, join, make_range
from runtime.check.knowledge import Knowledge
from runtime.check.linear import Linear, Symbol, add_forms, constant_form, scale_form, shift_form, symbol_form
from runtime.ir.nodes import For, Next, Value

_THRESHOLDS = ((1 << 8) - 1, (1 << 16) - 1, 1 << 24, (1 << 32) - 1, 1 << 33, 1 << 40, 1 << 63)
_MAX_ATTEMPTS = 16  # walks over one body
_MAX_STRIDE = 1 << 40  # bytes per iteration worth remembering


@dataclass(frozen=True, slots=True)
class Invariant:
    """What holds whenever the body of a loop starts.

    Args:
        ranges: by carried value.
        facts: forms that are at most 0; their symbols are the carried values, the index, values defined
            before the loop, and lengths.
    """

    ranges: tuple[tuple[Value, Range], ...]
    facts: tuple[Linear, ...]


@dataclass(frozen=True, slots=True)
class Attempt:
    """A guess at a loop's invariant.

    Args:
        loop: the loop.
        initial: the forms that the carried values start with.
        count: the form of the number of iterations.
        ranges: the guess for each carried value.
        facts: the guessed facts.
        number: how many guesses came before.
    """

    loop: For
    initial: tuple[Linear, ...]
    count: Linear
    ranges: tuple[Range, ...]
    facts: tuple[Linear, ...]
    number: int = 0

    def invariant(self) -> Invariant:
        """Return the guess, which has turned out to be right."""
        return Invariant(tuple(zip(self.loop.carried, self.ranges, strict=True)), self.facts)

    def give_up(self, knowledge: Knowledge) -> Attempt:
        """Return the guess that is always right."""
        ranges = tuple(make_range(0, knowledge.top(value)) for value in self.loop.carried)
        return replace(self, ranges=ranges, facts=())

    def enter(self, knowledge: Knowledge) -> None:
        """Assume the guess at the head of the body."""
        scope, index = knowledge.scope, self.loop.index
        last = min(self.loop.maximum, scope.bounds(self.count)[1]) - 1
        scope.dead = scope.dead or last < 0
        _introduce(knowledge, index, make_range(0, max(last, 0)))
        for value, known in zip(self.loop.carried, self.ranges, strict=True):
            _introduce(knowledge, value, known)
        early = shift_form(add_forms(knowledge.form(index), self.count, -1), 1)
        scope.assume(early)
        for fact in self.facts:
            scope.assume(fact)
            stride = -dict(fact.terms).get(Symbol(index), 0)
            if stride > 0:  # what grows by so much in each round has room for another round
                scope.assume(add_forms(fact, early, stride))

    def weaken(self, knowledge: Knowledge, results: tuple[Linear, ...] | None) -> Attempt | None:
        """Return the next guess, or None when this one holds at the end of the body too.

        Args:
            knowledge: at the end of the body.
            results: what `next` hands on; None when no execution gets there.
        """
        if results is None:
            return None
        scope = knowledge.scope
        facts = tuple(fact for fact in self.facts if scope.proves(self._advance(fact, results)))
        ranges = tuple(
            self._grow(knowledge, number, known, result)
            for number, (known, result) in enumerate(zip(self.ranges, results, strict=True))
        )
        if facts == self.facts and ranges == self.ranges:
            return None
        if self.number == 0:
            facts += self._guess_strides(knowledge, results)
        following = replace(self, ranges=ranges, facts=facts, number=self.number + 1)
        return following.give_up(knowledge) if following.number >= _MAX_ATTEMPTS else following

    def _advance(self, fact: Linear, results: tuple[Linear, ...]) -> Linear:
        """Return `fact` as it reads at the head of the next iteration."""
        changes = {Symbol(self.loop.index): shift_form(symbol_form(Symbol(self.loop.index)), 1)}
        changes.update(zip(map(Symbol, self.loop.carried), results, strict=True))
        return _substitute(fact, changes)

    def _grow(self, knowledge: Knowledge, number: int, known: Range, result: Linear) -> Range:
        """Return `known` extended to `result`, the new number of the carried value."""
        scope, top = knowledge.scope, knowledge.top(self.loop.carried[number])
        new = scope.form_range(result, top)
        low, high = known.low, known.high
        if low and not scope.proves(shift_form(scale_form(result, -1), low)):
            low = min(low, new.low) if self.number == 0 else 0
        if high < top and not scope.proves(shift_form(result, -high)):
            high = max(high, new.high)
            if self.number > 0:
                high = min(next((each for each in _THRESHOLDS if each >= high), top), top)
        may, must = known.may | new.may, known.must & new.must
        if (low, high) == (known.low, known.high) and may == known.may and must == known.must:
            return known
        if self.number > 0:
            may, must = -(may & -may), 0
        return make_range(low, high, may & top, must)

    def _guess_strides(self, knowledge: Knowledge, results: tuple[Linear, ...]) -> tuple[Linear, ...]:
        """Return facts: a carried value grows by at most, and by at least, so much per iteration."""
        guesses: list[Linear] = []
        index = symbol_form(Symbol(self.loop.index))
        for value, start, result in zip(self.loop.carried, self.initial, results, strict=True):
            if knowledge.is_boolean(value):
                continue
            form = symbol_form(Symbol(value))
            most = knowledge.scope.upper_bound(add_forms(result, form, -1))
            least = -knowledge.scope.upper_bound(add_forms(form, result, -1))
            since = add_forms(form, start, -1)
            if abs(most) <= _MAX_STRIDE:
                guesses.append(add_forms(since, index, -most))
            if abs(least) <= _MAX_STRIDE:
                guesses.append(scale_form(add_forms(since, index, -least), -1))
        return tuple(guesses)


def start_attempt(knowledge: Knowledge, loop: For) -> Attempt:
    """Return the strongest guess: everything that holds of the initial values."""
    initial = tuple(map(knowledge.form, loop.initial))
    facts: list[Linear] = []
    for value, start in zip(loop.carried, initial, strict=True):
        for length in knowledge.lengths.values():
            limited = length.terms and not knowledge.is_boolean(value)
            if limited and knowledge.scope.proves(add_forms(start, length, -1)):
                facts.append(add_forms(symbol_form(Symbol(value)), length, -1))
    ranges = tuple(map(knowledge.range_of, loop.initial))
    ranges = tuple(make_range(0, 0) if known.empty else known for known in ranges)
    return Attempt(loop, initial, knowledge.form(loop.count), ranges, tuple(facts))


def leave_loop(
    knowledge: Knowledge, attempt: Attempt, inner: Scope, results: tuple[Linear, ...] | None
) -> None:
    """Define the targets of the loop in the scope around it.

    Args:
        knowledge: in the scope around the loop.
        attempt: the guess that was right.
        inner: the scope at the end of the body.
        results: what `next` hands on; None when no execution gets there, so that only 0 iterations come out.
    """
    loop = attempt.loop
    if results is None:
        for target, form in zip(loop.targets, attempt.initial, strict=True):
            knowledge.define(target, form)
        return
    changes: dict[Symbol, Linear] = {}
    for target, value, start, result in zip(loop.targets, loop.carried, loop.initial, results, strict=True):
        known = join(knowledge.range_of(start), inner.form_range(result, knowledge.top(target)))
        changes[Symbol(value)] = knowledge.define_symbol(target, known)
    index, last = Symbol(loop.index), loop.body[-1]
    always = isinstance(last, Next) and last.condition is None  # then it runs as often as it says
    for fact in attempt.facts:
        stride = dict(fact.terms).get(index, 0)
        iterations = attempt.count if stride < 0 or always else constant_form(0)
        knowledge.scope.assume(_substitute(fact, {**changes, index: iterations}))


def _introduce(knowledge: Knowledge, value: Value, known: Range) -> None:
    """Define `value` as a symbol, also when its range is a single number: facts will be about the symbol."""
    knowledge.guards.pop(value, None)
    knowledge.scope.ranges[Symbol(value)] = known
    knowledge.forms[value] = symbol_form(Symbol(value))
    knowledge.ranges[value] = known


def _substitute(form: Linear, changes: dict[Symbol, Linear]) -> Linear:
    """Return `form` with symbols replaced by forms."""
    result = constant_form(form.constant)
    for symbol, coefficient in form.terms:
        result = add_forms(result, changes.get(symbol, symbol_form(symbol)), coefficient)
    return result
