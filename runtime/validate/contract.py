"""What the caller promises and what the code may touch: the machine arguments as symbols and areas of memory.

In: a function's declaration and the size of its tables. Out: the state at the entry, and the areas.

What the caller promises: every area lies below 2**47 in memory that does not overlap the stack frame, a
length is at most its region's maximum, a parameter fits its type, rsp points to the return address.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain

from runtime.codegen.convention import list_arguments, tuple_bytes
from runtime.ir.nodes import Function, Rights
from runtime.validate.facts import Facts
from runtime.validate.linear import ZERO, Linear, Symbol, number_form, subtract_forms, symbol_form
from runtime.validate.machine import ARGUMENT_REGISTERS, CALLEE_SAVED, REGISTER_NAMES, RSP
from runtime.validate.state import State
from runtime.validate.symbols import Input, Symbols

_ADDRESS_LIMIT = 1 << 47
_STACK_NAME = "stack"


@dataclass(frozen=True, slots=True)
class Area:
    """A span of memory that the code may touch.

    Args:
        pointer: the symbol of its first byte's address.
        limit: its length in bytes.
        rights: what loads and stores may do.
        kind: results - stores are whole u64s that the answer is made of.
    """

    name: str
    pointer: Symbol
    limit: Linear
    rights: Rights
    kind: str


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


def make_contract(function: Function, tables_size: int) -> Contract:
    """Return the contract of `function`, whose table block has `tables_size` bytes."""
    symbols = Symbols()
    facts = Facts(symbols)
    registers, defined = [ZERO] * 16, [0] * 16
    stack = symbols.find(Input("pointer", _STACK_NAME), _ADDRESS_LIMIT)
    registers[RSP], defined[RSP] = symbol_form(stack), 64
    saved: dict[int, Linear] = {}
    for number in CALLEE_SAVED:
        saved[number] = symbol_form(symbols.find(Input("saved", REGISTER_NAMES[number]), (1 << 64) - 1))
        registers[number], defined[number] = saved[number], 64
    areas: dict[Symbol, Area] = {}
    lengths = _bind_arguments(function, symbols, registers, defined)
    for area in _list_areas(function, tables_size, symbols, lengths):
        areas[area.pointer] = area
        end = subtract_forms(number_form(_ADDRESS_LIMIT), symbol_form(area.pointer))
        facts.assume(subtract_forms(end, area.limit))
    state = State(facts, registers, defined)
    maxima = _list_maxima(function, tables_size)
    count = len(function.results) if _must_store_results(function) else 0
    return Contract(symbols, state, areas, stack, saved, _answer_limit(function), count, maxima)


def _must_store_results(function: Function) -> bool:
    """Not where a function emits: one that emits too much stores none, and its caller reads none."""
    return not function.emits and any(argument.kind == "results" for argument in list_arguments(function))


def _answer_limit(function: Function) -> int | None:
    """A guard against too many tuples answers `emit_limit + 1`, which callers refuse."""
    if function.emits:
        return function.emit_limit + 1
    return function.results[0].maximum if len(function.results) == 1 else None


def _list_maxima(function: Function, tables_size: int) -> tuple[int, ...]:
    emitted = function.emit_limit * tuple_bytes(function.emits)
    regions = (region.maximum for region in function.regions)
    return tuple(chain(regions, (function.emit_limit, emitted, tables_size)))


def _bind_arguments(
    function: Function, symbols: Symbols, registers: list[Linear], defined: list[int]
) -> dict[str, Linear]:
    """Put a symbol in every argument register; return the regions' lengths."""
    maxima = {region.name: region.maximum for region in function.regions}
    lengths = {region.name: number_form(region.maximum) for region in function.regions if region.constant}
    tops = {parameter.name: parameter.type.maximum for parameter in function.parameters}
    arguments = list_arguments(function)
    assert len(arguments) <= len(ARGUMENT_REGISTERS), "codegen refuses more"
    for argument, number in zip(arguments, ARGUMENT_REGISTERS, strict=False):
        name = f"{argument.kind} {argument.name}".strip()
        match argument.kind:
            case "length":
                form = symbol_form(symbols.find(Input("number", name), maxima[argument.name]))
                lengths[argument.name] = form
            case "parameter":
                form = symbol_form(symbols.find(Input("number", name), tops[argument.name]))
            case _:
                form = symbol_form(symbols.find(Input("pointer", name), _ADDRESS_LIMIT))
        registers[number], defined[number] = form, 64
    return lengths


def _list_areas(
    function: Function, tables_size: int, symbols: Symbols, lengths: dict[str, Linear]
) -> list[Area]:
    areas: list[Area] = []
    rights = {region.name: region.rights for region in function.regions}
    for argument in list_arguments(function):
        name = f"{argument.kind} {argument.name}".strip()
        pointer = symbols.find(Input("pointer", name), _ADDRESS_LIMIT)
        match argument.kind:
            case "region":
                areas.append(
                    Area(name, pointer, lengths[argument.name], rights[argument.name], argument.kind)
                )
            case "tables":
                areas.append(Area(name, pointer, number_form(tables_size), "read", argument.kind))
            case "emits":
                size = number_form(function.emit_limit * tuple_bytes(function.emits))
                areas.append(Area(name, pointer, size, "write", argument.kind))
            case "results":
                size = number_form(8 * len(function.results))
                areas.append(Area(name, pointer, size, "write", argument.kind))
            case "length" | "parameter":
                pass
    return areas
