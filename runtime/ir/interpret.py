"""The meaning of the IR: the reference interpreter, by which every other engine is judged.

In: a verified function, the bytes of its regions, its parameters. Out: what it returns and emits, and how
many instructions it executed; or a `Fault` that names the obligation it violated. The checker proves that a
`Fault` cannot happen; counterexamples are replayed here, and must end in one.

A function is prepared once: each instruction becomes a Python function over the values, and each body a list
of *runs*, straight-line instructions up to an `If`, a `For` or the end of the body. Only the last of a run
can change what is executed next, so instructions are counted, and the budget charged, run by run.

Every instruction counts one each time it is executed: `If`, `For`, `Yield`, `Next` and `Return` too.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import TypeAlias

from runtime.ir.compute import BYTE_ORDERS, Computation, Declarations, describe_access, prepare_computation
from runtime.ir.machine import Fault as Fault  # users of the interpreter find its exception here
from runtime.ir.machine import FaultKind as FaultKind
from runtime.ir.machine import Machine, Memory, Step
from runtime.ir.nodes import (
    Body,
    Call,
    Emit,
    For,
    Function,
    If,
    Instruction,
    Next,
    Return,
    Store,
    Value,
    Yield,
)
from runtime.ir.table_map import TableMap, prepare_table
from runtime.ir.value_types import find_value_types

Service: TypeAlias = Callable[..., int | tuple[int, ...]]
"""A kernel service: its arguments in; its result out, or a tuple of them unless there is exactly one."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a call did.

    Args:
        results: one number per result type.
        emitted: the tuples, in order.
        executed: instructions.
    """

    results: tuple[int, ...]
    emitted: tuple[tuple[int, ...], ...]
    executed: int


def run_function(
    function: Function,
    regions: Mapping[str, Memory],
    parameters: Sequence[int] = (),
    primitives: Mapping[str, Service] | None = None,
    budget: int | None = None,
    tables: Mapping[str, TableMap] | None = None,
) -> Outcome:
    """Run a verified function once; `prepare_function` is for running it often.

    Args:
        function: accepted by `verify_function`.
        regions: bytes by region name; a writable region must be a bytearray, and is changed in place.
        parameters: one number per parameter.
        primitives: the services that it calls.
        budget: the most instructions that may be executed.
        tables: the maps of its open tables, by name.

    Raises:
        Fault: an obligation was violated, or the budget would be exceeded; stores made before remain.
        ValueError: the inputs do not fit the declarations.
    """
    return prepare_function(function, tables).run(regions, parameters, primitives, budget)


class _Signal(Enum):
    """How a body, or the last instruction of a run, ended."""

    GO_ON = 0
    STOP_LOOP = 1
    RETURNED = 2


_Control: TypeAlias = Callable[[Machine], _Signal]


@dataclass(frozen=True, slots=True)
class _Run:
    """Straight-line steps and the instruction after them; `count` instructions together."""

    count: int
    steps: tuple[Step, ...]
    control: _Control
    last: Instruction


_Runs: TypeAlias = tuple[_Run, ...]


@dataclass(frozen=True, slots=True)
class PreparedFunction:
    """A function made ready by `prepare_function`."""

    function: Function
    _runs: _Runs
    _value_count: int

    def run(
        self,
        regions: Mapping[str, Memory],
        parameters: Sequence[int] = (),
        primitives: Mapping[str, Service] | None = None,
        budget: int | None = None,
    ) -> Outcome:
        """Run it once, as `run_function` does."""
        _check_inputs(self.function, regions, parameters)
        start = sys.maxsize if budget is None else budget
        values = [*parameters, *[0] * (self._value_count - len(parameters))]
        memories = [regions[region.name] for region in self.function.regions]
        machine = Machine(values, memories, start, dict(primitives or {}))
        _execute(self._runs, machine)
        return Outcome(machine.results, tuple(machine.emitted), start - machine.budget)


def prepare_function(function: Function, tables: Mapping[str, TableMap] | None = None) -> PreparedFunction:
    """Make a verified function ready to run.

    Args:
        function: accepted by `verify_function`.
        tables: the maps of its open tables, by name; they are asked at each lookup, so they may change.

    Raises:
        ValueError: a map of an open table is missing, or one is given that is none.
    """
    types = find_value_types(function)
    declarations = Declarations(types, function.regions, _collect_maps(function, tables or {}))
    preparer = _Preparer(function, declarations)
    return PreparedFunction(function, preparer.prepare_body(function.body, None), len(types))


def _collect_maps(function: Function, given: Mapping[str, TableMap]) -> dict[str, TableMap]:
    """Return the map of every table, the open ones from `given`."""
    wanted = {table.name for table in function.tables if table.open}
    if wanted != set(given):
        names = ", ".join(sorted(wanted)) or "none"
        raise ValueError(f"{function.name} takes the maps of its open tables: {names}")
    return {
        table.name: given[table.name] if table.open else prepare_table(table) for table in function.tables
    }


def _execute(runs: _Runs, machine: Machine) -> _Signal:
    signal = _Signal.GO_ON
    for run in runs:
        machine.budget -= run.count
        if machine.budget < 0:
            raise Fault("budget", run.last, "the instruction budget is used up")
        for step in run.steps:
            step(machine)
        signal = run.control(machine)
        if signal is not _Signal.GO_ON:
            break
    return signal


class _Preparer:
    """Turns bodies into runs; holds what instructions refer to."""

    def __init__(self, function: Function, declarations: Declarations) -> None:
        self._function = function
        self._declarations = declarations

    def prepare_body(self, body: Body, around: If | For | None) -> _Runs:
        """Prepare a body of `around`, which says where `Yield` and `Next` put their values."""
        runs: list[_Run] = []
        steps: list[Step] = []
        for instruction in body:
            if isinstance(instruction, (If, For, Yield, Next, Return)):
                control = self._prepare_control(instruction, around)
                runs.append(_Run(len(steps) + 1, tuple(steps), control, instruction))
                steps = []
            else:
                steps.append(self._prepare_step(instruction))
        assert not steps, "a verified body ends in a terminator"
        return tuple(runs)

    def _prepare_step(self, instruction: Store | Call | Emit | Computation) -> Step:
        match instruction:
            case Store():
                return self._prepare_store(instruction)
            case Call():
                return _prepare_call(instruction)
            case Emit():
                return _prepare_emit(instruction, self._function.emit_limit)
            case _:
                return prepare_computation(instruction, self._declarations)

    def _prepare_store(self, instruction: Store) -> Step:
        number, region = self._declarations.regions[instruction.region]
        size = self._declarations.types[instruction.value].bytes
        offset, value, order = instruction.offset, instruction.value, BYTE_ORDERS[instruction.order]

        def step(machine: Machine) -> None:
            memory = machine.regions[number]
            if region.rights == "read" or isinstance(
                memory, bytes
            ):  # _check_inputs lets only the first happen
                raise Fault("rights", instruction, f"region `{region.name}` may not be written")
            start = machine.values[offset]
            if start + size > len(memory):
                message = describe_access("store", region.name, start, size, len(memory))
                raise Fault("bounds", instruction, message)
            memory[start : start + size] = machine.values[value].to_bytes(size, order)

        return step

    def _prepare_control(
        self, instruction: If | For | Yield | Next | Return, around: If | For | None
    ) -> _Control:
        match instruction:
            case If():
                return self._prepare_if(instruction)
            case For():
                return self._prepare_for(instruction)
            case Yield(values=values):
                assert isinstance(around, If), "a verified `yield` is in an arm"
                return _prepare_move(values, around.targets, None)
            case Next(values=values, condition=condition):
                assert isinstance(around, For), "a verified `next` is in a loop"
                return _prepare_move(values, around.carried, condition)
            case Return(values=values):
                return _prepare_return(values)

    def _prepare_if(self, instruction: If) -> _Control:
        condition = instruction.condition
        then = self.prepare_body(instruction.then, instruction)
        otherwise = self.prepare_body(instruction.otherwise, instruction)

        def control(machine: Machine) -> _Signal:
            return _execute(then if machine.values[condition] else otherwise, machine)

        return control

    def _prepare_for(self, loop: For) -> _Control:
        body = self.prepare_body(loop.body, loop)

        def control(machine: Machine) -> _Signal:
            values = machine.values
            count = values[loop.count]
            if count > loop.maximum:
                raise Fault("count", loop, f"the loop would run {count} times, its maximum is {loop.maximum}")
            for target, source in zip(loop.carried, loop.initial):
                values[target] = values[source]
            for number in range(count):
                values[loop.index] = number
                signal = _execute(body, machine)
                if signal is _Signal.RETURNED:
                    return signal
                if signal is _Signal.STOP_LOOP:
                    break
            for target, source in zip(loop.targets, loop.carried):
                values[target] = values[source]
            return _Signal.GO_ON

        return control


def _prepare_move(values: tuple[Value, ...], targets: tuple[Value, ...], condition: Value | None) -> _Control:
    """End an arm or an iteration: move all values at once, since `next` may exchange the carried numbers."""

    def control(machine: Machine) -> _Signal:
        numbers = machine.values
        go_on = condition is None or numbers[condition]
        for target, number in zip(targets, [numbers[value] for value in values]):
            numbers[target] = number
        return _Signal.GO_ON if go_on else _Signal.STOP_LOOP

    return control


def _prepare_return(values: tuple[Value, ...]) -> _Control:
    def control(machine: Machine) -> _Signal:
        machine.results = tuple(machine.values[value] for value in values)
        return _Signal.RETURNED

    return control


def _prepare_call(instruction: Call) -> Step:
    def step(machine: Machine) -> None:
        values = machine.values
        answer = machine.calls[instruction.primitive](*[values[each] for each in instruction.arguments])
        results = answer if isinstance(answer, tuple) else (answer,)
        for target, result in zip(instruction.targets, results, strict=True):
            values[target] = result

    return step


def _prepare_emit(instruction: Emit, limit: int) -> Step:
    def step(machine: Machine) -> None:
        if len(machine.emitted) >= limit:
            raise Fault("emits", instruction, f"more than {limit} tuples would be emitted")
        machine.emitted.append(tuple(machine.values[value] for value in instruction.values))

    return step


def _check_inputs(function: Function, regions: Mapping[str, Memory], parameters: Sequence[int]) -> None:
    """Refuse inputs that no caller of the native code could pass either."""
    for region in function.regions:
        if region.name not in regions:
            raise ValueError(f"region `{region.name}` is missing")
        memory = regions[region.name]
        if len(memory) > region.maximum or (region.constant and len(memory) != region.maximum):
            raise ValueError(f"region `{region.name}` has {len(memory)} bytes, declared {region.maximum}")
        read_only = memory.readonly if isinstance(memory, memoryview) else isinstance(memory, bytes)
        if region.rights != "read" and read_only:
            raise ValueError(f"region `{region.name}` is `{region.rights}`, its bytes are read only")
    if len(parameters) != len(function.parameters):
        raise ValueError(f"{len(parameters)} numbers for {len(function.parameters)} parameters")
    for parameter, number in zip(function.parameters, parameters):
        if not 0 <= number <= parameter.type.maximum:
            raise ValueError(f"{number} is not a u{parameter.type.bits}, for parameter `{parameter.name}`")
