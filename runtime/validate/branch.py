"""What a condition says: flags and a condition suffix in, facts out.

Comparisons are of numbers of `width` bits. Signed ones are understood where both sides are small enough for
the sign not to matter. Where a condition says nothing linear (a number is not zero, and may be on both
sides of it), nothing is assumed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from runtime.validate.facts import Facts
from runtime.validate.linear import ZERO, Linear, Symbol, add_forms, lone_symbol, shift_form, subtract_forms
from runtime.validate.symbols import Choice, Flags, Operation

NEGATIONS = {
    "o": "no", "b": "ae", "e": "ne", "a": "be", "s": "ns", "p": "np", "l": "ge", "g": "le",
    "no": "o", "ae": "b", "ne": "e", "be": "a", "ns": "s", "np": "p", "ge": "l", "le": "g",
}  # fmt: skip

_UNSIGNED = {"l": "b", "ge": "ae", "g": "a", "le": "be", "s": "b", "ns": "ae"}


_MAX_CHOICES = 12  # conditions followed from one
_MAX_PARTNERS = 6  # symbols that a merged number is compared with; twice as many with more effort


def assume_condition(facts: Facts, condition: str, flags: Flags) -> None:
    """Add what `condition` says to `facts`.

    Where a compared number is a choice between constants, or made of such choices, and now only one constant
    is possible, that says which way the choice went, and so on.
    """
    waiting, seen = [(condition, flags)], {(condition, flags)}
    while waiting:
        condition, flags = waiting.pop()
        _assume_one(facts, condition, flags)
        for following in _find_choices(facts, flags):
            if following not in seen and len(seen) < _MAX_CHOICES:
                seen.add(following)
                waiting.append(following)


def _assume_one(facts: Facts, condition: str, flags: Flags) -> None:
    match flags.kind:
        case "sub":
            _assume_compared(facts, condition, flags)
        case "add":
            _assume_added(facts, condition, flags)
        case "logic" | "result":
            _assume_result(facts, condition, flags)
        case "other":
            pass


def _assume_compared(facts: Facts, condition: str, flags: Flags) -> None:
    left, right = flags.left, flags.right
    if condition in _UNSIGNED:
        if not _both_small(facts, flags):
            return
        condition = _UNSIGNED[condition]
    match condition:
        case "b":
            _assume_less(facts, left, right)
        case "ae":
            facts.assume(subtract_forms(left, right))
        case "a":
            _assume_less(facts, right, left)
        case "be":
            facts.assume(subtract_forms(right, left))
        case "e":
            facts.assume_equal(left, right)
        case "ne":
            _assume_different(facts, left, right)
        case _:
            pass


def _assume_less(facts: Facts, left: Linear, right: Linear) -> None:
    facts.assume(shift_form(subtract_forms(right, left), -1))


def _assume_different(facts: Facts, left: Linear, right: Linear) -> None:
    difference = subtract_forms(left, right)
    if facts.proves(difference):
        facts.assume(shift_form(difference, -1))
    elif facts.proves(subtract_forms(right, left)):
        facts.assume(shift_form(subtract_forms(right, left), -1))


def _both_small(facts: Facts, flags: Flags) -> bool:
    half = 1 << (flags.width - 1)
    return all(facts.bounds(form)[1] < half for form in (flags.left, flags.right))


def _assume_added(facts: Facts, condition: str, flags: Flags) -> None:
    exact = add_forms(flags.left, flags.right)
    match condition:
        case "b":
            facts.assume(shift_form(exact, -(1 << flags.width)))
        case "ae":
            facts.assume(shift_form(subtract_forms(ZERO, exact), (1 << flags.width) - 1))
        case "e" | "ne" | "s" | "ns":
            _assume_result(facts, condition, flags)
        case _:
            pass


def _assume_result(facts: Facts, condition: str, flags: Flags) -> None:
    result, half = flags.result, 1 << (flags.width - 1)
    logic = flags.kind == "logic"
    if logic:
        condition = {"a": "ne", "be": "e", "l": "s", "ge": "ns"}.get(condition, condition)
    match condition:
        case "e":
            facts.assume_equal(result, ZERO)
        case "ne":
            facts.assume(shift_form(result, -1))
        case "s":
            facts.assume(shift_form(result, -half))
        case "ns":
            facts.assume(shift_form(subtract_forms(ZERO, result), half - 1))
        case "g" if logic:
            facts.assume(shift_form(result, -1))
            facts.assume(shift_form(subtract_forms(ZERO, result), half - 1))
        case "b" | "o" if logic:
            facts.dead = True
        case _:
            pass


def _find_choices(facts: Facts, flags: Flags) -> Iterator[tuple[str, Flags]]:
    """Yield the conditions that must have held for compared choices of constants to be what they now are."""
    waiting = [flags.left, flags.right, flags.result]
    for _ in range(_MAX_CHOICES):
        if not waiting:
            return
        symbol = lone_symbol(waiting.pop())
        definition = None if symbol is None else facts.symbols.definitions[symbol]
        match definition:
            case Choice(condition=condition, flags=earlier, yes=yes, no=no) if symbol is not None:
                low, high = facts.range_of(symbol)
                if yes.terms or no.terms or yes == no:
                    continue
                if not low <= no.constant <= high:
                    yield condition, earlier
                elif not low <= yes.constant <= high:
                    yield NEGATIONS[condition], earlier
            case Operation(name="and" | "or" | "xor" | "trunc", operands=operands):
                waiting.extend(operands)
            case _:
                pass


def choose(facts: Facts, condition: str, flags: Flags, yes: Linear, no: Linear, width: int) -> Linear:
    """Return `yes` where the condition holds, else `no`: numbers of `width` bits."""
    if yes == no:
        return yes
    first, second = facts.copy(), facts.copy()
    assume_condition(first, condition, flags)
    assume_condition(second, NEGATIONS[condition], flags)
    if first.dead or second.dead:
        return no if first.dead else yes
    choice = Choice(condition, flags, yes, no, width)
    symbol = facts.symbols.find(choice, (1 << width) - 1)
    found = Linear(((symbol, 1),), 0)
    assume_merged(facts, found, ((first, yes), (second, no)))
    return found


def narrow_choices(facts: Facts, forms: Iterable[Linear]) -> None:
    """Assume of the choices in `forms` what has become known, since they were made, of both outcomes.

    After `cmp rcx, rsi; cmovb rsi, rcx; test rcx, rcx; je`, rsi is above 0 if it was before.
    """
    for symbol in sorted({symbol for form in forms for symbol, _ in form.terms}):
        match facts.symbols.definitions[symbol]:
            case Choice(yes=yes, no=no):
                low = min(facts.lower_bound(yes), facts.lower_bound(no))
                facts.assume(Linear(((symbol, 1),), -low))
            case _:
                pass


def assume_merged(facts: Facts, found: Linear, cases: tuple[tuple[Facts, Linear], ...]) -> None:
    """Assume about `found`, which is one of several forms on several paths, what holds of each of them.

    That is its range, and its distance to the symbols that are related to any of the forms.
    """
    bounds = [each.bounds(form) for each, form in cases]
    facts.assume(shift_form(found, -min(low for low, _ in bounds)))
    facts.assume(shift_form(subtract_forms(ZERO, found), max(high for _, high in bounds)))
    for partner in _find_partners(cases):
        for sign in (1, -1):
            lowest = min(each.lower_bound(_difference(partner, form, sign)) for each, form in cases)
            difference = _difference(partner, found, sign)
            if lowest > facts.bounds(difference)[0]:
                facts.assume(shift_form(difference, -lowest))


def _difference(partner: Linear, form: Linear, sign: int) -> Linear:
    return subtract_forms(partner, form) if sign > 0 else subtract_forms(form, partner)


def _find_partners(cases: tuple[tuple[Facts, Linear], ...]) -> list[Linear]:
    """Return the symbols in the forms of the cases, and those that inequalities relate to them.

    With more effort, also those that are related to these: behind a loop over the words of a message, what
    was moved is a multiple of the rounds, these are at most a quotient, and that one has to do with the
    length. What the caller hands in comes first: it has the lowest numbers.
    """
    found: dict[Symbol, Linear] = {}
    for facts, form in cases:
        for partner in facts.related_symbols(form):
            found.setdefault(partner, Linear(((partner, 1),), 0))
    near = list(found)[:_MAX_PARTNERS]
    far: set[Symbol] = set()
    for facts, _ in cases:
        for symbol in near if facts.reach > 1 else ():
            far.update(facts.related_symbols(found[symbol]))
    chosen = (*near, *sorted(far.difference(near))[:_MAX_PARTNERS])
    return [Linear(((symbol, 1),), 0) for symbol in chosen]
