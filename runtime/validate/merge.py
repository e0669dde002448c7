"""Where paths meet: several states in, one state out that describes them all.

A register that holds equal forms keeps its form; others get a symbol of the place, about which all that
holds on every path is assumed. What is defined, written or known on one path only is forgotten.
"""

from __future__ import annotations

from dataclasses import dataclass

from runtime.validate.arithmetic import truncate
from runtime.validate.branch import assume_merged
from runtime.validate.codes import VAL013
from runtime.validate.facts import Facts
from runtime.validate.linear import ZERO, Linear, add_forms, shift_form, subtract_forms, symbol_form
from runtime.validate.machine import REGISTER_NAMES, RSP
from runtime.validate.refuse import refuse_code
from runtime.validate.state import Slot, State
from runtime.validate.symbols import Flags, Input, Symbols


@dataclass(frozen=True, slots=True)
class Meeting:
    """A symbol made at a join, and what it stands for on each incoming path."""

    found: Linear
    forms: tuple[Linear, ...]


def merge_states(block: int, states: list[State]) -> tuple[State, tuple[Meeting, ...]]:
    """Return the state at the start of `block`, and the symbols made for it.

    Raises:
        Refused: VAL013 if the paths disagree about the stack pointer.
    """
    if len(states) == 1:
        return states[0], ()
    if any(state.registers[RSP] != states[0].registers[RSP] for state in states):
        raise refuse_code(VAL013, f"the paths that meet at {block:#x} disagree about the stack pointer")
    meetings: dict[tuple[Linear, ...], Meeting] = {}
    registers: list[Linear] = []
    for number in range(16):
        forms = tuple(state.registers[number] for state in states)
        registers.append(_meet(states, meetings, f"{REGISTER_NAMES[number]} at {block:#x}", forms))
    slots = {
        slot: _meet(states, meetings, f"{name_slot(slot)} at {block:#x}", forms)
        for slot, forms in _common_slots(states)
    }
    facts = _merge_facts([state.facts for state in states], tuple(meetings.values()))
    merged = State(
        facts,
        registers,
        [min(state.defined[number] for state in states) for number in range(16)],
        _merge_flags(block, [state.flags for state in states]),
        slots,
        set.intersection(*(state.written for state in states)),
        frozenset.intersection(*(state.results for state in states)),
    )
    _forget_mixed(merged, states)
    return merged, tuple(meetings.values())


def _merge_flags(block: int, flags: list[Flags]) -> Flags:
    """Return equal flags, else flags that are written where all are, of which nothing more is known."""
    if all(each == flags[0] for each in flags):
        return flags[0]
    defined = "".join(letter for letter in flags[0].defined if all(letter in each.defined for each in flags))
    return Flags("other", 64, ZERO, ZERO, ZERO, defined, place=-2 - block)


def _forget_mixed(merged: State, states: list[State]) -> None:
    """Forget what is the caller's register on one path and something else on another: nobody may read it."""
    symbols = merged.facts.symbols
    for number in range(16):
        forms = [state.registers[number] for state in states]
        if merged.registers[number] != forms[0] and any(symbols.is_saved(form) for form in forms):
            merged.defined[number] = 0
    for slot, form in list(merged.slots.items()):
        forms = [state.slots[slot] for state in states]
        if form != forms[0] and any(symbols.is_saved(each) for each in forms):
            merged.forget_slot(slot)


def name_slot(slot: Slot) -> str:
    """Return what diagnostics call a stack slot."""
    return f"stack[{slot[0]}:{slot[0] + slot[1]}]"


def _common_slots(states: list[State]) -> list[tuple[Slot, tuple[Linear, ...]]]:
    return [
        (slot, tuple(state.slots[slot] for state in states))
        for slot in states[0].slots
        if all(slot in state.slots for state in states)
    ]


def _meet(
    states: list[State], meetings: dict[tuple[Linear, ...], Meeting], name: str, forms: tuple[Linear, ...]
) -> Linear:
    """Return one form for `forms`, making a symbol where they differ.

    Registers that hold the same forms on every path, or forms at one distance, share the symbol. A pointer
    that all forms contain stays visible: only the offset becomes a symbol.
    """
    if all(form == forms[0] for form in forms):
        return forms[0]
    symbols = states[0].facts.symbols
    pointers = _common_pointer(symbols, forms)
    offsets = tuple(subtract_forms(form, pointers) for form in forms)
    if offsets not in meetings:
        near = _find_near(states, meetings, offsets)
        if near is not None:
            return Linear(tuple(sorted((*pointers.terms, *near.terms))), near.constant)
        symbol = symbols.find(Input("number", f"{name}, {len(pointers.terms)}"), (1 << 64) - 1)
        meetings[offsets] = Meeting(symbol_form(symbol), offsets)
    found = meetings[offsets].found
    return Linear(tuple(sorted((*pointers.terms, *found.terms))), 0)


def _find_near(
    states: list[State], meetings: dict[tuple[Linear, ...], Meeting], offsets: tuple[Linear, ...]
) -> Linear | None:
    """Return a symbol that was made for this join plus a number, if that is what all paths bring."""
    for others, meeting in meetings.items():
        distance = subtract_forms(offsets[0], others[0])
        if distance.terms or any(
            subtract_forms(form, other) != distance
            for form, other in zip(offsets[1:], others[1:], strict=True)
        ):
            continue
        ways = zip(states, offsets, others, strict=True)
        if all(_is_exact(way.facts, form) and _is_exact(way.facts, other) for way, form, other in ways):
            return shift_form(meeting.found, distance.constant)
    return None


def _is_exact(facts: Facts, form: Linear) -> bool:
    """Say whether `form` is a number of 64 bits as it stands."""
    low, high = facts.bounds(form)
    return low >= 0 and high >> 64 == 0


def find_pointer(symbols: Symbols, form: Linear) -> Linear:
    """Return the one pointer that `form` is an offset from, or 0."""
    terms = tuple(term for term in form.terms if symbols.is_input(term[0], "pointer"))
    return Linear(terms if len(terms) == 1 and terms[0][1] == 1 else (), 0)


def _common_pointer(symbols: Symbols, forms: tuple[Linear, ...]) -> Linear:
    first = find_pointer(symbols, forms[0])
    return first if all(find_pointer(symbols, form) == first for form in forms) else ZERO


def _merge_facts(all_facts: list[Facts], meetings: tuple[Meeting, ...]) -> Facts:
    alive = [(index, facts) for index, facts in enumerate(all_facts) if not facts.dead]
    if not alive:
        return all_facts[0]
    merged = _common_facts([facts for _, facts in alive])
    exact: list[tuple[Linear, list[tuple[Facts, Linear]]]] = []
    for meeting in meetings:
        cases = [(facts, truncate(facts, meeting.forms[index], 64)) for index, facts in alive]
        assume_merged(merged, meeting.found, tuple(cases))
        exact.append((meeting.found, cases))
    _relate(merged, exact[:6])
    _relate_sums(merged, exact)
    return merged


def _common_facts(alive: list[Facts]) -> Facts:
    """Return what holds on all paths: the widest ranges, and the inequalities in their weakest form."""
    first, others = alive[0], alive[1:]
    merged = Facts(first.symbols, first.reach)
    for symbol in first.ranges:
        ranges = [facts.range_of(symbol) for facts in alive]
        merged.assume(Linear(((symbol, 1),), -min(low for low, _ in ranges)))
        merged.assume(Linear(((symbol, -1),), max(high for _, high in ranges)))
    for terms, constant in first.inequalities.items():
        weakest = _weaken(Linear(terms, constant), others)
        if weakest is not None:
            merged.assume(weakest)
    return merged


def _weaken(fact: Linear, others: list[Facts]) -> Linear | None:
    """Return `fact`, perhaps with a larger constant, as it holds on the other paths too."""
    for facts in others:
        if not facts.implies(fact):
            known = facts.inequalities.get(fact.terms)
            if known is None:
                return None
            fact = Linear(fact.terms, known)
    return fact


def _relate_sums(merged: Facts, exact: list[tuple[Linear, list[tuple[Facts, Linear]]]]) -> None:
    """Assume that two new symbols add up to what they add up to on every path, if that is one form.

    What is moved and what is left of a message change together, and add up to its length.
    """
    for number, (left, left_cases) in enumerate(exact):
        for right, right_cases in exact[:number]:
            pairs = zip(left_cases, right_cases, strict=True)
            first, *others = (add_forms(form, other) for (_, form), (_, other) in pairs)
            if first.terms and all(each == first for each in others):
                merged.assume_equal(add_forms(left, right), first)


def _relate(merged: Facts, exact: list[tuple[Linear, list[tuple[Facts, Linear]]]]) -> None:
    """Assume the distances between the new symbols that hold on every path."""
    for left, left_cases in exact:
        for right, right_cases in exact:
            if left is right:
                continue
            difference = subtract_forms(left, right)
            lowest = min(
                facts.lower_bound(subtract_forms(form, other))
                for (facts, form), (_, other) in zip(left_cases, right_cases, strict=True)
            )
            if lowest > merged.bounds(difference)[0]:
                merged.assume(shift_form(difference, -lowest))
