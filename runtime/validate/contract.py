"""What the caller promises and what the code may touch: the machine arguments as symbols and areas of memory.

In: a function's declaration. Out: the state at the entry, and the areas.

What the caller promises: every area lies below 2**47 in memory that does not overlap the stack frame, a
length is at most its region's maximum, a parameter fits its type, rsp points to the return address.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain

from runtime.codegen.convention import Form, list_arguments, tuple_bytes
from runtime.ir.nodes import Function
from runtime.validate.arguments import ADDRESS_LIMIT, Area, bind_arguments
from runtime.validate.facts import Facts
from runtime.validate.linear import ZERO, Linear, Symbol, number_form, subtract_forms, symbol_form
from runtime.validate.machine import ARGUMENT_REGISTERS, CALLEE_SAVED, REGISTER_NAMES, RSP
from runtime.validate.state import State
from runtime.validate.symbols import Input, Symbols

_STACK_NAME = "stack"


@dataclass(frozen=True, slots=True)
class Contract:
    """What holds at the entry.

    Args:
        areas: by pointer symbol.
        stack: the symbol of the address of the return address.
        saved: what each callee-saved register holds at the entry.
        answer: the largest number that rax may hold at `ret`, None when rax means nothing.
        results: how many results must have been stored at `ret`.
        maxima: numbers that bound something; thresholds worth trying for loop invariants.
    """

    symbols: Symbols
    entry: State
    areas: dict[Symbol, Area]
    stack: Symbol
    saved: dict[int, Linear]
    answer: int | None
    results: int
    maxima: tuple[int, ...]


def make_contract(function: Function, form: Form = "call") -> Contract:
    """Return the contract of `function`, whose code has this form."""
    symbols = Symbols()
    state = State(Facts(symbols), [ZERO] * 16, [0] * 16)
    stack = symbols.find(Input("pointer", _STACK_NAME), ADDRESS_LIMIT)
    saved = {
        number: symbol_form(symbols.find(Input("saved", REGISTER_NAMES[number]), (1 << 64) - 1))
        for number in CALLEE_SAVED
    }
    for number, found in {RSP: symbol_form(stack), **saved}.items():
        state.registers[number], state.defined[number] = found, 64
    bound = bind_arguments(function, form, symbols)
    _place_arguments(state, bound.forms)
    for area in bound.areas:
        end = subtract_forms(number_form(ADDRESS_LIMIT), symbol_form(area.pointer))
        state.facts.assume(subtract_forms(end, area.limit))
    areas = {area.pointer: area for area in bound.areas}
    answer = _answer_limit(function) if form == "call" else None
    count = len(function.results) if form == "call" and _must_store_results(function) else 0
    return Contract(symbols, state, areas, stack, saved, answer, count, _list_maxima(function))


def _place_arguments(state: State, forms: tuple[Linear, ...]) -> None:
    """Put six arguments in registers, and the others on the stack behind the return address."""
    for number, form in zip(ARGUMENT_REGISTERS, forms, strict=False):
        state.registers[number], state.defined[number] = form, 64
    for place, form in enumerate(forms[len(ARGUMENT_REGISTERS) :], start=1):
        state.store_slot((8 * place, 8), form)


def _must_store_results(function: Function) -> bool:
    """Not where a function emits: one that emits too much stores none, and its caller reads none."""
    return not function.emits and any(argument.kind == "results" for argument in list_arguments(function))


def _answer_limit(function: Function) -> int | None:
    """A guard against too many tuples answers `emit_limit + 1`, which callers refuse."""
    if function.emits:
        return function.emit_limit + 1
    return function.results[0].maximum if len(function.results) == 1 else None


def _list_maxima(function: Function) -> tuple[int, ...]:
    emitted = function.emit_limit * tuple_bytes(function.emits)
    regions = (region.maximum for region in function.regions)
    return tuple(chain(regions, (function.emit_limit, emitted)))
