"""Loop invariants: guess many, keep those that one iteration preserves.

In: the state on entry to a loop, and the states at its back edges. Out: a `Plan`: which registers and stack
slots change, and claims about them that hold at the head in every iteration. The first walk of the body
only scouts: it shows by how much each place changes. Then claims are made, and those that an iteration does
not preserve are dropped until all are preserved (as Houdini does).

A changing place that every iteration changes by the same number holds `entry + rate * n`, n being the
number of iterations done, a symbol that all such places share. Others hold `entry + advance`, `entry -
advance` or, where they do not run in one direction, just `advance`: a symbol of 64 bits, 0 on entry in the
first two cases.

    mov ecx, 8                                ecx at the head: 8 - n
    head: movzx edx, byte [rdi + rax]         rax at the head: 0 + 2n
    add rax, 2                                claims: n <= 7, 0 <= 8 - n, 2n <= length ...
    dec ecx
    jne head
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from runtime.validate.allowed import written_registers
from runtime.validate.arithmetic import truncate
from runtime.validate.claims import Motion, list_claims
from runtime.validate.codes import VAL013
from runtime.validate.contract import Contract
from runtime.validate.facts import Facts
from runtime.validate.flow import Block
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
from runtime.validate.machine import REGISTER_NAMES, RSP, Immediate
from runtime.validate.merge import find_pointer, name_slot
from runtime.validate.refuse import refuse_code
from runtime.validate.state import UNDEFINED_FLAGS, Slot, State
from runtime.validate.symbols import Input

Place: TypeAlias = int | Slot
"""A register's number or a stack slot."""

Direction: TypeAlias = Literal["steady", "up", "down", "free"]

_THRESHOLDS = (1, 255, 65535, 1 << 24, (1 << 32) - 1, 1 << 33, 1 << 40, (1 << 63) - 1)
_SCOUTED = 1 << 24
_MAX_DELTA = 1 << 33


@dataclass(frozen=True, slots=True)
class Change:
    """How a place moves: by `rate` in every iteration (steady), or as `direction` says."""

    place: Place
    direction: Direction = "up"
    rate: int = 1


@dataclass(frozen=True, slots=True)
class Plan:
    """What is claimed of a loop.

    Args:
        changing: the places that may differ between iterations.
        unsteady: the places that turned out not to be steady.
        lost: stack slots that do not keep a known form.
        defined: bits written of each register at the head.
        unwritten: stack bytes that may not be read at the head, though they may before the loop.
        claims: forms over the advances that are at least 0; None while scouting.
        thresholds: numbers that may bound something.
        lengths: outside forms that may bound something.
    """

    head: int
    changing: tuple[Change, ...]
    unsteady: frozenset[Place]
    lost: frozenset[Slot]
    defined: tuple[int, ...]
    unwritten: frozenset[int]
    claims: tuple[Linear, ...] | None
    thresholds: tuple[int, ...]
    lengths: tuple[Linear, ...]


def start_plan(head: int, entry: State, blocks: tuple[Block, ...], contract: Contract) -> Plan:
    """Return a plan for scouting: every register that the body names as written changes."""
    written: set[int] = set()
    numbers = {*_THRESHOLDS, *contract.maxima}
    for block in blocks:
        for instruction in block.instructions:
            written |= written_registers(instruction)
            if instruction.mnemonic == "cmp":
                for operand in instruction.operands:
                    if isinstance(operand, Immediate) and operand.number > 0:
                        numbers |= {operand.number - 1, operand.number, operand.number + 1}
    changing = tuple(Change(number) for number in sorted(written - {RSP}) if entry.defined[number])
    lengths = tuple(area.limit for area in contract.areas.values() if area.limit.terms)
    return Plan(
        head,
        changing,
        frozenset(),
        frozenset(),
        tuple(entry.defined),
        frozenset(),
        None,
        tuple(sorted(numbers)),
        lengths,
    )


def enter_head(plan: Plan, entry: State) -> tuple[State, tuple[Linear, ...]]:
    """Return the state at the head in any iteration, and the claims that it assumes."""
    state = entry.copy()
    state.flags = UNDEFINED_FLAGS
    state.defined = list(plan.defined)
    state.written -= plan.unwritten
    for slot in plan.lost:
        state.slots.pop(slot, None)
    for change in plan.changing:
        advance = _advance(plan, state.facts, change)
        _put(state, change.place, _compose(_get(entry, change.place), symbol_form(advance), change))
        if plan.claims is None:
            state.facts.assume(Linear(((advance, 1),), -1))
            state.facts.assume(Linear(((advance, -1),), _SCOUTED))
    for claim in plan.claims or ():
        state.facts.assume(claim)
    return state, plan.claims or ()


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
    kept = plan.claims
    for state in back:
        advances = {
            _advance(plan, state.facts, change): _measure(plan, state, entry, change)
            for change in plan.changing
        }
        kept = tuple(claim for claim in kept if state.facts.proves(_substitute(claim, advances)))
    return replace(plan, claims=kept)


def _is_steady(before: State, after: State, change: Change) -> bool:
    moved = subtract_forms(_get(after, change.place), _get(before, change.place))
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
                changing.setdefault(number, Change(number))
        unwritten |= before.written - state.written
        for slot, form in before.slots.items():
            if slot not in state.slots:
                lost.add(slot)
            elif _mixes_saved(before, state, slot):
                lost.add(slot)
                unwritten |= set(range(slot[0], slot[0] + slot[1]))
            elif state.slots[slot] != form:
                changing.setdefault(slot, Change(slot))
    places = tuple(
        change
        for place, change in changing.items()
        if place not in lost and (isinstance(place, tuple) or defined[place])
    )
    refined = replace(
        plan, changing=places, lost=frozenset(lost), defined=tuple(defined), unwritten=frozenset(unwritten)
    )
    return plan if refined == plan else replace(refined, claims=None)


def _mixes_saved(before: State, after: State, place: Place) -> bool:
    """Say whether a place holds the caller's register in one iteration and something else in another."""
    symbols, first, second = before.facts.symbols, _get(before, place), _get(after, place)
    return first != second and (symbols.is_saved(first) or symbols.is_saved(second))


def _make_claims(plan: Plan, entry: State, before: State, back: list[State]) -> Plan:
    """Return the plan with directions from the scouting walk, and every claim that holds on entry."""
    motions: list[Motion] = []
    changing: list[Change] = []
    for scouted in plan.changing:
        low, high = _scout(before, back, scouted.place, _advance(plan, before.facts, scouted))
        first = _get(entry, scouted.place)
        pointer = find_pointer(before.facts.symbols, first)
        change = _choose_change(scouted.place, low, high, bool(pointer.terms), scouted.place in plan.unsteady)
        changing.append(change)
        advance = symbol_form(_advance(plan, entry.facts, change))
        start = truncate(entry.facts, wrap_form(subtract_forms(first, pointer)), 64)
        motions.append(_describe_motion(change, advance, start, low, high))
    others = [
        entry.registers[number]
        for number in range(16)
        if all(number != change.place for change in changing) and plan.defined[number] == 64 and number != RSP
    ]
    lengths = plan.lengths + tuple(
        form for form in others if form.terms and form not in plan.lengths and _is_number(entry.facts, form)
    )
    on_entry = {motion.advance.terms[0][0]: motion.first for motion in motions}
    claims = list_claims(entry.facts, tuple(motions), plan.thresholds, lengths)
    holding = tuple(claim for claim in claims if entry.facts.proves(_substitute(claim, on_entry)))
    return replace(plan, changing=tuple(changing), claims=holding)


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
        change = wrap_form(subtract_forms(_get(state, place), _get(before, place)))
        if any(symbol == advance for symbol, _ in change.terms):
            return -_MAX_DELTA, _MAX_DELTA
        least = max(state.facts.bounds(change)[0], state.facts.lower_bound(change))
        most = -state.facts.lower_bound(subtract_forms(ZERO, change))
        low, high = min(low, least), max(high, most)
    return max(low, -_MAX_DELTA), min(high, _MAX_DELTA)


def _advance(plan: Plan, facts: Facts, change: Change) -> Symbol:
    place = change.place
    if change.direction == "steady":
        name = "iterations"
    else:
        name = f"{change.direction} {REGISTER_NAMES[place] if isinstance(place, int) else name_slot(place)}"
    return facts.symbols.find(Input("number", f"{name} of loop {plan.head:#x}"), (1 << 64) - 1)


def _compose(first: Linear, advance: Linear, change: Change) -> Linear:
    match change.direction:
        case "steady" | "up":
            return wrap_form(add_forms(first, advance, change.rate))
        case "down":
            return wrap_form(subtract_forms(first, advance))
        case "free":
            return advance


def _measure(plan: Plan, state: State, entry: State, change: Change) -> Linear:
    """Return the advance with which the next iteration starts."""
    now, first = _get(state, change.place), _get(entry, change.place)
    match change.direction:
        case "steady":
            return shift_form(symbol_form(_advance(plan, state.facts, change)), 1)
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


def _get(state: State, place: Place) -> Linear:
    return state.registers[place] if isinstance(place, int) else state.slots[place]


def _put(state: State, place: Place, form: Linear) -> None:
    if isinstance(place, int):
        state.registers[place] = form
    else:
        state.slots[place] = form
