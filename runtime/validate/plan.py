"""What is claimed of a loop, and the state at its head that follows.

In: the state on entry to a loop. Out: a `Plan`, and the state at the head in any iteration. A changing place
that every iteration changes by the same number holds `entry + rate * n`, n being the number of iterations
done, a symbol that all such places share. Others hold `entry + advance`, `entry - advance` or, where they do
not run in one direction, just `advance`: a symbol of 64 bits, 0 on entry in the first two cases.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from runtime.validate.carried import Place, guess_changes
from runtime.validate.contract import Contract
from runtime.validate.facts import Facts
from runtime.validate.flow import Block
from runtime.validate.linear import Linear, Symbol, add_forms, subtract_forms, symbol_form, wrap_form
from runtime.validate.machine import REGISTER_NAMES, RSP, Immediate
from runtime.validate.merge import find_pointer, name_slot
from runtime.validate.state import UNDEFINED_FLAGS, Slot, State
from runtime.validate.symbols import Input

Direction: TypeAlias = Literal["steady", "up", "down", "free"]

_THRESHOLDS = (1, 255, 65535, 1 << 24, (1 << 32) - 1, 1 << 33, 1 << 40, (1 << 63) - 1)
_SCOUTED = 1 << 24


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
        bare: True for a plan that makes few claims or none, and needs no scouting.
        claims: forms over the advances that are at least 0; None while scouting.
        thresholds: numbers that may bound something.
        lengths: outside forms that may bound something.
        early: scout the first iteration, too: there is no third.
    """

    head: int
    changing: tuple[Change, ...]
    unsteady: frozenset[Place]
    lost: frozenset[Slot]
    defined: tuple[int, ...]
    unwritten: frozenset[int]
    bare: bool
    claims: tuple[Linear, ...] | None
    thresholds: tuple[int, ...]
    lengths: tuple[Linear, ...]
    early: bool = False


def start_plan(head: int, entry: State, blocks: tuple[Block, ...], contract: Contract) -> Plan:
    """Return a bare plan, which claims nothing: whatever the loop seems to change may hold any number.

    That is enough for loops that compare before they use, as the loop over many messages does.
    """
    numbers = {*_THRESHOLDS, *contract.maxima}
    for block in blocks:
        for instruction in block.instructions:
            if instruction.mnemonic == "cmp":
                for operand in instruction.operands:
                    if isinstance(operand, Immediate) and operand.number > 0:
                        numbers |= {operand.number - 1, operand.number, operand.number + 1}
    symbols, defined = entry.facts.symbols, list(entry.defined)
    places: list[Change] = []
    for place in sorted(_guess_places(head, entry, blocks, contract), key=str):
        first = get_place(entry, place)
        if isinstance(place, int) and (symbols.is_saved(first) or not entry.defined[place]):
            defined[place] = 0
        else:
            places.append(change_freely(entry, place))
    lengths = tuple(area.limit for area in contract.areas.values() if area.limit.terms)
    return Plan(
        head,
        tuple(places),
        frozenset(),
        frozenset(),
        tuple(defined),
        frozenset(),
        True,
        (),
        tuple(sorted(numbers)),
        lengths,
    )


def change_freely(state: State, place: Place) -> Change:
    """Return the change that any number fits; a pointer stays a pointer, to any place."""
    pointer = find_pointer(state.facts.symbols, get_place(state, place))
    return Change(place, "up" if pointer.terms else "free")


def _guess_places(head: int, entry: State, blocks: tuple[Block, ...], contract: Contract) -> frozenset[Place]:
    start: dict[Place, object] = {
        number: form for number, form in enumerate(entry.registers) if number != RSP
    }
    start.update(entry.slots)
    depth = subtract_forms(entry.registers[RSP], symbol_form(contract.stack)).constant
    return guess_changes(head, blocks, start, depth)


def scout(plan: Plan) -> Plan:
    """Return a plan for scouting, with the structure of a bare plan that did not prove enough."""
    changing = tuple(Change(each.place) for each in plan.changing)
    return replace(plan, changing=changing, bare=False, claims=None)


def enter_head(plan: Plan, entry: State) -> tuple[State, tuple[Linear, ...]]:
    """Return the state at the head in any iteration, and the claims that it assumes."""
    state = entry.copy()
    state.flags = UNDEFINED_FLAGS
    state.defined = list(plan.defined)
    state.written -= plan.unwritten
    for slot in plan.lost:
        state.slots.pop(slot, None)
    for change in plan.changing:
        advance = find_advance(plan, state.facts, change)
        _put(state, change.place, _compose(get_place(entry, change.place), symbol_form(advance), change))
        if plan.claims is None:
            state.facts.assume(Linear(((advance, 1),), 0 if plan.early else -1))
            state.facts.assume(Linear(((advance, -1),), _SCOUTED))
    for claim in plan.claims or ():
        state.facts.assume(claim)
    return state, plan.claims or ()


def find_advance(plan: Plan, facts: Facts, change: Change) -> Symbol:
    """Return the symbol that says how far a changing place has moved."""
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


def get_place(state: State, place: Place) -> Linear:
    """Return what a register or slot holds."""
    return state.registers[place] if isinstance(place, int) else state.slots[place]


def _put(state: State, place: Place, form: Linear) -> None:
    if isinstance(place, int):
        state.registers[place] = form
    else:
        state.slots[place] = form
