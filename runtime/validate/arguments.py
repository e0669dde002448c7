"""The machine arguments as the validator sees them: a symbol each, and the memory that pointers lead to.

In: a function's declaration and the form of its code. Out: `Bound`.
"""

from __future__ import annotations

from dataclasses import dataclass

from runtime.codegen.batch_convention import Array, Number, list_batch_arguments
from runtime.codegen.convention import Form, list_arguments, tuple_bytes
from runtime.ir.nodes import Function, Rights
from runtime.tables.layout import TABLES_REGION
from runtime.validate.linear import Linear, Symbol, add_forms, number_form, symbol_form
from runtime.validate.symbols import Input, Symbols

ADDRESS_LIMIT = 1 << 47
"""All memory that a caller hands in lies below."""

_TOP = (1 << 64) - 1


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
class Bound:
    """The machine arguments.

    Args:
        forms: what each holds, in order.
        areas: what the pointers among them lead to.
    """

    forms: tuple[Linear, ...]
    areas: tuple[Area, ...]


def bind_arguments(function: Function, form: Form, symbols: Symbols) -> Bound:
    """Return the machine arguments of `function`, whose code has this form."""
    return _bind_batch(function, symbols) if form == "batch" else _bind_call(function, symbols)


def _bind_call(function: Function, symbols: Symbols) -> Bound:
    regions = {region.name: region for region in function.regions}
    tops = {parameter.name: parameter.type.maximum for parameter in function.parameters}
    forms: list[Linear] = []
    areas: list[Area] = []
    for argument in list_arguments(function):
        name, kind = f"{argument.kind} {argument.name}".strip(), argument.kind
        match kind:
            case "length":
                forms.append(_find_number(symbols, name, regions[argument.name].maximum))
                continue
            case "parameter":
                forms.append(_find_number(symbols, name, tops[argument.name]))
                continue
            case "region" | "tables":
                region = regions[argument.name or TABLES_REGION]
                length = _find_number(symbols, f"length {region.name}", region.maximum)
                limit, rights = number_form(region.maximum) if region.constant else length, region.rights
            case "emits":
                limit, rights = number_form(function.emit_limit * tuple_bytes(function.emits)), "write"
            case "results":
                limit, rights = number_form(8 * len(function.results)), "write"
        forms.append(_find_pointer(symbols, name))
        areas.append(Area(name, _only_symbol(forms[-1]), limit, rights, kind))
    return Bound(tuple(forms), tuple(areas))


def _bind_batch(function: Function, symbols: Symbols) -> Bound:
    forms: list[Linear] = []
    areas: list[Area] = []
    for argument in list_batch_arguments(function):
        match argument:
            case Number(name=name, size=size):
                forms.append(_find_number(symbols, name, ADDRESS_LIMIT if size else _TOP))
            case Array(name=name, rights=rights, size=size, scale=scale, extra=extra):
                limit = number_form(extra)
                if scale:
                    limit = add_forms(limit, _find_number(symbols, size, ADDRESS_LIMIT), scale)
                forms.append(_find_pointer(symbols, name))
                areas.append(Area(name, _only_symbol(forms[-1]), limit, rights, name))
    return Bound(tuple(forms), tuple(areas))


def _find_number(symbols: Symbols, name: str, high: int) -> Linear:
    return symbol_form(symbols.find(Input("number", name), high))


def _find_pointer(symbols: Symbols, name: str) -> Linear:
    return symbol_form(symbols.find(Input("pointer", name), ADDRESS_LIMIT))


def _only_symbol(form: Linear) -> Symbol:
    ((symbol, _),) = form.terms
    return symbol
