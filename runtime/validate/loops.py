"""Loop invariants: guess many, keep those that one iteration preserves.

In: the state on entry to a loop, and the states at its back edges. Out: a `Plan`: which registers and stack
slots change, and claims about them that hold at the head in every iteration.

The first plan is bare: it claims nothing, or what the comparison at the end of an iteration says of the next.
Loops that compare before they use need no more. For the others, a walk of the body scouts: it shows by how
much each place changes. Then claims are made, and those that an iteration does not preserve are dropped until
all are preserved (as Houdini does).

    mov ecx, 8                                ecx at the head: 8 - n
    head: movzx edx, byte [rdi + rax]         rax at the head: 0 + 2n
    add rax, 2                                claims: n <= 7, 0 <= 8 - n, 2n <= length ...
    dec ecx
    jne head
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from runtime.validate.arithmetic import truncate
from runtime.validate.carried import Place
from runtime.validate.claims import Motion, list_claims
from runtime.validate.codes import VAL013
from runtime.validate.facts import Facts
from runtime.validate.linear import (
    ZERO,
    Linear,
    Symbol,
    add_forms,
    number_form,
    shift_form,
    subtract_forms,
    symbol_form,
    wrap_form,
)
from runtime.validate.machine import RSP
from runtime.validate.merge import find_pointer
from runtime.validate.plan import Change, Plan, change_freely, find_advance, get_place, scout
from runtime.validate.refuse import refuse_code
from runtime.validate.state import State

_MAX_DELTA = 1 << 33


def refine_plan(plan: Plan, entry: State, before: State, back: list[State]) -> Plan:
    """Return `plan` without what an iteration does not preserve; the same plan when it is proved.

    Args:
        plan: what is claimed.
        entry: the state before the loop.
        before: the state at the head.
        back: the states at the back edges.
    """
    refined = _keep_structure(plan, before, back)
    if refined != plan:
        return refined
    if plan.claims is None and not back and not plan.early:
        return replace(plan, early=True)
    if plan.claims is None:
        return _make_claims(plan, entry, before, back)
    unsteady = {
        change.place
        for change in plan.changing
        for state in back
        if change.direction == "steady" and not _is_steady(before, state, change)
    }
    if unsteady:
        return replace(plan, unsteady=plan.unsteady | unsteady, claims=None)
    return replace(plan, claims=_keep_proved(plan, plan.claims, entry, back))


def strengthen_plan(plan: Plan, entry: State, back: list[State]) -> Plan:
    """Return what to try after a bare plan that does not prove enough: one with claims, or scouting."""
    inherited = () if plan.claims else _inherit_claims(plan, entry, back)
    return replace(plan, claims=inherited) if inherited else scout(plan)


def _inherit_claims(plan: Plan, entry: State, back: list[State]) -> tuple[Linear, ...]:
    """Return the claims that the comparisons at the end of an iteration make of the next.

    `inc rax; cmp rax, rcx; jb head` says of rax at the head that it is below rcx, if that holds when the loop
    is entered.
    """
    inherited: list[Linear] = []
    on_entry: dict[Symbol, Linear] = {}
    for change in plan.changing if back else ():
        advance = find_advance(plan, entry.facts, change)
        on_entry[advance] = _start_advance(entry, change)
        inherited += _inherit(back[0].facts, _measure(plan, back[0], entry, change), advance)
    holding = tuple(claim for claim in inherited if entry.facts.proves(_substitute(claim, on_entry)))
    return _keep_proved(plan, holding, entry, back)


def _inherit(facts: Facts, now: Linear, advance: Symbol) -> Iterator[Linear]:
    """Yield what `facts` say of `now`, a symbol and perhaps a number, as claims about `advance`."""
    if len(now.terms) != 1 or now.terms[0][1] != 1:
        return
    symbol = now.terms[0][0]
    for fact in facts.all_inequalities():
        factor = dict(fact.terms).get(symbol, 0)
        if factor:
            yield add_forms(fact, subtract_forms(symbol_form(advance), now), factor)


def _start_advance(entry: State, change: Change) -> Linear:
    return truncate(entry.facts, get_place(entry, change.place), 64) if change.direction == "free" else ZERO


def _keep_proved(
    plan: Plan, claims: tuple[Linear, ...], entry: State, back: list[State]
) -> tuple[Linear, ...]:
    """Return the claims that hold again at every back edge."""
    for state in back:
        advances = {
            find_advance(plan, state.facts, change): _measure(plan, state, entry, change)
            for change in plan.changing
        }
        claims = tuple(claim for claim in claims if state.facts.proves(_substitute(claim, advances)))
    return claims


def _is_steady(before: State, after: State, change: Change) -> bool:
    moved = subtract_forms(get_place(after, change.place), get_place(before, change.place))
    return wrap_form(shift_form(moved, -change.rate)) == ZERO


def _keep_structure(plan: Plan, before: State, back: list[State]) -> Plan:
    """Return `plan`, back to scouting if more places change than it says."""
    changing, lost = {change.place: change for change in plan.changing}, set(plan.lost)
    defined, unwritten = list(plan.defined), set(plan.unwritten)
    for state in back:
        if state.registers[RSP] != before.registers[RSP]:
            raise refuse_code(VAL013, f"an iteration of the loop at {plan.head:#x} moves the stack pointer")
        for number in range(16):
            defined[number] = min(defined[number], state.defined[number])
            if _mixes_saved(before, state, number):
                defined[number] = 0
            if state.registers[number] != before.registers[number] and defined[number]:
                changing.setdefault(number, change_freely(before, number))
        unwritten |= before.written - state.written
        for slot, form in before.slots.items():
            if slot not in state.slots:
                lost.add(slot)
            elif _mixes_saved(before, state, slot):
                lost.add(slot)
                unwritten |= set(range(slot[0], slot[0] + slot[1]))
            elif state.slots[slot] != form:
                changing.setdefault(slot, change_freely(before, slot))
    places = tuple(
        change
        for place, change in changing.items()
        if place not in lost and (isinstance(place, tuple) or defined[place])
    )
    refined = replace(
        plan, changing=places, lost=frozenset(lost), defined=tuple(defined), unwritten=frozenset(unwritten)
    )
    return plan if refined == plan else replace(refined, claims=() if plan.bare else None)


def _mixes_saved(before: State, after: State, place: Place) -> bool:
    """Say whether a place holds the caller's register in one iteration and something else in another."""
    symbols, first, second = before.facts.symbols, get_place(before, place), get_place(after, place)
    return first != second and (symbols.is_saved(first) or symbols.is_saved(second))


def _make_claims(plan: Plan, entry: State, before: State, back: list[State]) -> Plan:
    """Return the plan with directions from the scouting walk, and every claim that holds on entry."""
    motions: list[Motion] = []
    changing: list[Change] = []
    for scouted in plan.changing:
        low, high = _scout(before, back, scouted.place, find_advance(plan, before.facts, scouted))
        first = get_place(entry, scouted.place)
        pointer = find_pointer(before.facts.symbols, first)
        change = _choose_change(scouted.place, low, high, bool(pointer.terms), scouted.place in plan.unsteady)
        changing.append(change)
        advance = symbol_form(find_advance(plan, entry.facts, change))
        start = truncate(entry.facts, wrap_form(subtract_forms(first, pointer)), 64)
        motions.append(_describe_motion(change, advance, start, low, high))
    lengths = (*plan.lengths, *_find_limits(plan, entry, tuple(changing)))
    on_entry = {motion.advance.terms[0][0]: motion.first for motion in motions}
    claims = list_claims(entry.facts, tuple(motions), plan.thresholds, lengths)
    holding = tuple(claim for claim in claims if entry.facts.proves(_substitute(claim, on_entry)))
    return replace(plan, changing=tuple(changing), claims=holding)


def _find_limits(plan: Plan, entry: State, changing: tuple[Change, ...]) -> tuple[Linear, ...]:
    """Return what stays as it is in a register or on the stack: it may be how far the loop runs."""
    moving = {change.place for change in changing}
    registers = [
        entry.registers[number]
        for number in range(16)
        if number not in moving and plan.defined[number] == 64 and number != RSP
    ]
    spilled = [
        form
        for slot, form in entry.slots.items()
        if slot not in moving and slot not in plan.lost and slot[1] == 8
    ]
    found = dict.fromkeys(each for each in (*registers, *spilled) if each.terms and each not in plan.lengths)
    return tuple(form for form in found if _is_number(entry.facts, form))


def _choose_change(place: Place, low: int, high: int, is_pointer: bool, unsteady: bool) -> Change:
    if low == high and not unsteady:
        return Change(place, "steady", low)
    if low >= 0 or is_pointer:
        return Change(place, "up", 1)
    return Change(place, "down" if high <= 0 else "free", 1)


def _describe_motion(change: Change, advance: Linear, start: Linear, low: int, high: int) -> Motion:
    match change.direction:
        case "steady":
            return Motion(advance, ZERO, add_forms(start, advance, change.rate), start, 1, 1)
        case "up":
            return Motion(advance, ZERO, add_forms(start, advance), start, low, high)
        case "down":
            return Motion(advance, ZERO, subtract_forms(start, advance), start, -high, -low)
        case "free":
            return Motion(advance, start, advance, start, low, high)


def _is_number(facts: Facts, form: Linear) -> bool:
    symbols = facts.symbols
    special = any(symbols.is_input(symbol, kind) for symbol, _ in form.terms for kind in ("pointer", "saved"))
    return not special and facts.bounds(form)[0] >= 0


def _scout(before: State, back: list[State], place: Place, advance: Symbol) -> tuple[int, int]:
    """Return the least and the most by which one iteration changes a place, as far as scouting can tell.

    A new value that does not depend on the old one does not move in a direction.
    """
    low, high = _MAX_DELTA, -_MAX_DELTA
    for state in back:
        change = wrap_form(subtract_forms(get_place(state, place), get_place(before, place)))
        if any(symbol == advance for symbol, _ in change.terms):
            return -_MAX_DELTA, _MAX_DELTA
        least = max(state.facts.bounds(change)[0], state.facts.lower_bound(change))
        most = -state.facts.lower_bound(subtract_forms(ZERO, change))
        low, high = min(low, least), max(high, most)
    return max(low, -_MAX_DELTA), min(high, _MAX_DELTA)


def _measure(plan: Plan, state: State, entry: State, change: Change) -> Linear:
    """Return the advance with which the next iteration starts."""
    now, first = get_place(state, change.place), get_place(entry, change.place)
    match change.direction:
        case "steady":
            return shift_form(symbol_form(find_advance(plan, state.facts, change)), 1)
        case "up":
            form = subtract_forms(now, first)
        case "down":
            form = subtract_forms(first, now)
        case "free":
            form = now
    return truncate(state.facts, wrap_form(form), 64)


def _substitute(form: Linear, advances: dict[Symbol, Linear]) -> Linear:
    result = number_form(form.constant)
    for symbol, coefficient in form.terms:
        result = add_forms(result, advances.get(symbol, symbol_form(symbol)), coefficient)
    return shift_form(result, 0)
