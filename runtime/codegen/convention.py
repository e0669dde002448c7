"""How native code is called: which machine argument carries what; for codegen, validator and loader.

System V AMD64: the arguments below in rdi, rsi, rdx, rcx, r8, r9, then on the stack from [rsp + 8] on, where
they are only read; the answer in rax. All arguments are 64 bits wide; numbers narrower than that are passed
zero-extended. Direction flag clear, no red zone is used, and the code calls nothing. What the pointers point
to does not overlap.

Code has one of two forms. `call` runs the body once. `batch` is for packet filters: a loop over many messages
with the body inside (`runtime.codegen.batch_convention`).

A function that has more emits than `emit_limit` on some path of its text compares the count with
`emit_limit` before each emit and returns `emit_limit` + 1 where there is no room; so may one in which an
`emit` stands inside a `for`. The checker has proved that this cannot happen: callers treat that answer as an
internal error.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from runtime.ir.nodes import Function, Type
from runtime.tables.layout import TABLES_REGION

MAX_ARGUMENTS = 8
"""Of the form `call`: six go in registers, and a function that needs many more is better split."""

Form: TypeAlias = Literal["call", "batch"]

ArgumentKind: TypeAlias = Literal["region", "length", "parameter", "tables", "emits", "results"]


@dataclass(frozen=True, slots=True)
class Argument:
    """One machine argument.

    Args:
        kind: region - pointer to the region's first byte; length - its length in bytes; parameter - a number;
            tables - the region `tables` of a specialized function, which the loader brings along;
            emits - pointer to room for `emit_limit` packed tuples; results - pointer to one u64 per result.
        name: the region's or parameter's name, else empty.
    """

    kind: ArgumentKind
    name: str = ""


def list_arguments(function: Function) -> tuple[Argument, ...]:
    """Return the machine arguments of `function` in the form `call`, in order.

    Regions first (each a pointer, and a length unless it is constant), the region `tables` last of them; then
    parameters, then emits and results where the function has them. A single result of a function that does
    not emit is returned in rax (zero-extended) and needs no pointer; a function that emits returns the number
    of emitted tuples in rax.
    """
    arguments: list[Argument] = []
    for region in function.regions:
        if region.name == TABLES_REGION:
            arguments.append(Argument("tables"))
            continue
        arguments.append(Argument("region", region.name))
        if not region.constant:
            arguments.append(Argument("length", region.name))
    arguments += [Argument("parameter", parameter.name) for parameter in function.parameters]
    if function.emits:
        arguments.append(Argument("emits"))
    if has_results_pointer(function):
        arguments.append(Argument("results"))
    return tuple(arguments)


def has_results_pointer(function: Function) -> bool:
    """Say whether results do not fit in rax and go through a pointer, as one u64 each."""
    return len(function.results) > 1 or bool(function.results and function.emits)


def tuple_bytes(emits: tuple[Type, ...]) -> int:
    """Bytes of one emitted tuple: each element little-endian at its own size (u1 as one byte), no padding."""
    return sum(max(1, element.bits // 8) for element in emits)
