"""Run a function in the interpreter and in native code, and compare everything that can be seen."""

from __future__ import annotations

import random

from runtime.codegen.batch_convention import choose_form
from runtime.codegen.emit import emit_code
from runtime.ir.interpret import run_function
from runtime.ir.machine import Fault
from runtime.ir.nodes import Function
from runtime.load.native import NativeFunction, load_native
from runtime.tables.layout import build_tables
from runtime.tables.specialize import specialize_tables
from tests.codegen.random_ir import MESSAGE_BYTES, SCRATCH_BYTES

Input = tuple[bytes, bytes, int]
"""Message, scratch, parameter."""

Seen = tuple[tuple[int, ...], tuple[tuple[int, ...], ...], bytes]
"""Results, emitted tuples, scratch afterwards."""


def make_inputs(function: Function, seed: int, count: int) -> list[Input]:
    chance = random.Random(seed)
    lengths = [0, MESSAGE_BYTES, *(chance.randrange(MESSAGE_BYTES + 1) for _ in range(count - 2))]
    maximum = function.parameters[0].type.maximum
    return [
        (
            chance.randbytes(length),
            chance.randbytes(SCRATCH_BYTES),
            chance.choice((0, 1, maximum, chance.randrange(maximum + 1))),
        )
        for length in lengths
    ]


def interpret(function: Function, given: Input) -> Seen | None:
    """Return what the interpreter shows, or None for a fault."""
    message, scratch, parameter = given
    memory = bytearray(scratch)
    try:
        outcome = run_function(function, {"message": message, "scratch": memory}, (parameter,))
    except Fault:
        return None
    return outcome.results, outcome.emitted, bytes(memory)


def run_native(native: NativeFunction, given: Input) -> Seen:
    message, scratch, parameter = given
    memory = bytearray(scratch)
    outcome = native.call({"message": message, "scratch": memory}, (parameter,))
    return outcome.results, outcome.emitted, bytes(memory)


def load_function(function: Function) -> NativeFunction:
    tables = build_tables(function)
    specialized = specialize_tables(function, tables)
    return load_native(specialized, emit_code(specialized, choose_form(specialized)), tables.data)
