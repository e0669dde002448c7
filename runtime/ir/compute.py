"""The meaning of the instructions that compute one number.

In: an instruction of a verified function. Out: a `Step` that computes its target, or raises the `Fault` that
names the obligation it violates.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from typing import Literal, TypeAlias

from runtime.ir.machine import Fault, Machine, Step
from runtime.ir.nodes import (
    Binary,
    BinaryOperator,
    Compare,
    CompareOperator,
    Constant,
    Convert,
    Length,
    Load,
    Lookup,
    Order,
    Region,
    Select,
    Type,
    Value,
)
from runtime.ir.table_map import TableMap

Computation: TypeAlias = Constant | Binary | Compare | Convert | Select | Length | Load | Lookup

BYTE_ORDERS: dict[Order, Literal["big", "little"]] = {"be": "big", "le": "little"}

_BINARY: dict[BinaryOperator, Callable[[int, int], int]] = {
    "add": operator.add,
    "sub": operator.sub,
    "mul": operator.mul,
    "udiv": operator.floordiv,
    "urem": operator.mod,
    "and": operator.and_,
    "or": operator.or_,
    "xor": operator.xor,
    "shl": operator.lshift,
    "lshr": operator.rshift,
}
_COMPARE: dict[CompareOperator, Callable[[int, int], bool]] = {
    "eq": operator.eq,
    "ne": operator.ne,
    "ult": operator.lt,
    "ule": operator.le,
}


class Declarations:
    """What instructions refer to: types by value, region numbers by name, prepared tables by name."""

    def __init__(
        self, types: Mapping[Value, Type], regions: tuple[Region, ...], tables: Mapping[str, TableMap]
    ) -> None:
        self.types = types
        self.regions = {region.name: (number, region) for number, region in enumerate(regions)}
        self.tables = tables


def prepare_computation(instruction: Computation, declarations: Declarations) -> Step:
    """Return the step that computes the instruction's target."""
    match instruction:
        case Constant(target=target, number=number):
            return _prepare_constant(target, number)
        case Binary():
            return _prepare_binary(instruction, declarations.types[instruction.left])
        case Compare():
            return _prepare_compare(instruction)
        case Convert():
            return _prepare_convert(instruction)
        case Select():
            return _prepare_select(instruction)
        case Length(target=target, region=region):
            return _prepare_length(target, declarations.regions[region][0])
        case Load():
            return _prepare_load(instruction, *declarations.regions[instruction.region])
        case Lookup(target=target, table=table, keys=keys):
            return _prepare_lookup(target, declarations.tables[table], keys)


def _prepare_constant(target: Value, number: int) -> Step:
    def step(machine: Machine) -> None:
        machine.values[target] = number

    return step


def _prepare_binary(instruction: Binary, type_: Type) -> Step:
    compute = _BINARY[instruction.operator]
    target, left, right, wrapping = (
        instruction.target,
        instruction.left,
        instruction.right,
        instruction.wrapping,
    )
    maximum = type_.maximum
    divides = instruction.operator in ("udiv", "urem")
    shifts = instruction.operator in ("shl", "lshr")

    def step(machine: Machine) -> None:
        values = machine.values
        first, second = values[left], values[right]
        if divides and second == 0:
            raise Fault("divisor", instruction, f"{first} is divided by zero")
        if shifts and second >= type_.bits:
            raise Fault("shift", instruction, f"a u{type_.bits} is shifted by {second} bits")
        result = compute(first, second)
        if not 0 <= result <= maximum:
            if not wrapping:
                problem = f"leaves u{type_.bits}" if result > 0 else "is negative"
                raise Fault(
                    "wrap", instruction, f"`{instruction.operator}` of {first} and {second} {problem}"
                )
            result &= maximum
        values[target] = result

    return step


def _prepare_compare(instruction: Compare) -> Step:
    compare = _COMPARE[instruction.operator]
    target, left, right = instruction.target, instruction.left, instruction.right

    def step(machine: Machine) -> None:
        values = machine.values
        values[target] = int(compare(values[left], values[right]))

    return step


def _prepare_convert(instruction: Convert) -> Step:
    target, value, type_ = instruction.target, instruction.value, instruction.type

    def step(machine: Machine) -> None:
        number = machine.values[value]
        if number > type_.maximum and not instruction.wrapping:
            raise Fault("convert", instruction, f"{number} does not fit in u{type_.bits}")
        machine.values[target] = number & type_.maximum

    return step


def _prepare_select(instruction: Select) -> Step:
    target, condition, yes, no = instruction.target, instruction.condition, instruction.yes, instruction.no

    def step(machine: Machine) -> None:
        values = machine.values
        values[target] = values[yes] if values[condition] else values[no]

    return step


def _prepare_length(target: Value, region_number: int) -> Step:
    def step(machine: Machine) -> None:
        machine.values[target] = len(machine.regions[region_number])

    return step


def _prepare_load(instruction: Load, region_number: int, region: Region) -> Step:
    target, offset, size = instruction.target, instruction.offset, instruction.type.bytes
    order = BYTE_ORDERS[instruction.order]

    def step(machine: Machine) -> None:
        if region.rights == "write":
            raise Fault("rights", instruction, f"region `{region.name}` may not be read")
        start = machine.values[offset]
        memory = machine.regions[region_number]
        if start + size > len(memory):
            raise Fault("bounds", instruction, describe_access("load", region.name, start, size, len(memory)))
        machine.values[target] = int.from_bytes(memory[start : start + size], order)

    return step


def _prepare_lookup(target: Value, table: TableMap, keys: tuple[Value, ...]) -> Step:
    def step(machine: Machine) -> None:
        values = machine.values
        values[target] = table(tuple(values[key] for key in keys))

    return step


def describe_access(verb: str, region: str, start: int, size: int, length: int) -> str:
    """Return the message of a `Fault` of kind "bounds"."""
    return f"{verb} of {size} bytes at offset {start} of region `{region}`, which has {length} bytes"
