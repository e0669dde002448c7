"""A pipe, looked up: gauges, registers, and what one unit of the stream costs it.

In: a declaration. Out: a `Pipe`. A unit is as many bits as the wider of its two gauges; for each unit the
steps run once, with an `input` for each number that comes in, and an `output` for each that goes out.

    pipe merge : u16be -> u32be { input high; input low; output high << 16 | low }     unit: 32 bits
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ashc.language import syntax
from ashc.names.scope import Scope, check_new
from grammar.fields.constant import evaluate_constant
from grammar.fields.refuse import refusal
from runtime.ir.nodes import Order
from runtime.source import NOWHERE, Span

GAUGES: dict[str, tuple[int, Order]] = {
    "u8": (8, "be"),
    "u16be": (16, "be"),
    "u16le": (16, "le"),
    "u32be": (32, "be"),
    "u32le": (32, "le"),
}
"""Types of what goes in and out: bits, and the order of the bytes."""

REGISTERS = {"u8": 8, "u16": 16, "u32": 32, "u64": 64}
"""Types of registers: numbers, without an order of bytes."""

_MOST_REGISTERS = 8


@dataclass(frozen=True, slots=True)
class Gauge:
    """Numbers of `bits` bits, whose bytes come in this order."""

    bits: int
    order: Order

    @property
    def bytes(self) -> int:
        """Of one number."""
        return self.bits // 8


@dataclass(frozen=True, slots=True)
class Register:
    """A number that is kept from unit to unit."""

    name: str
    bits: int
    seed: int
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Pipe:
    """One pipe.

    Args:
        commutative: the units may be taken in any order: outputs depend on their own unit only, and the
            registers end the same.
        no_mod: what goes out is what comes in.
        steps: without the registers' declarations.
    """

    name: str
    input: Gauge
    output: Gauge
    registers: tuple[Register, ...]
    commutative: bool
    no_mod: bool
    steps: tuple[syntax.Input | syntax.Output | syntax.Let | syntax.Assign, ...]
    span: Span = field(default=NOWHERE, compare=False, repr=False)

    @property
    def unit(self) -> int:
        """Bytes that one run of the steps takes and gives."""
        return max(self.input.bytes, self.output.bytes)


def resolve_pipes(scope: Scope) -> dict[str, Pipe]:
    """Return all pipes, by name.

    Raises:
        Refused: ASH012, ASH013, ASH016, ASH017, ASH020, ASH040, ASH041.
    """
    return {name: _resolve_pipe(scope, declared) for name, declared in scope.pipes.items()}


def _resolve_pipe(scope: Scope, declared: syntax.PipeDeclaration) -> Pipe:
    input_, output = _find_gauge(declared, declared.input), _find_gauge(declared, declared.output)
    registers: dict[str, Register] = {}
    steps: list[syntax.Input | syntax.Output | syntax.Let | syntax.Assign] = []
    locals_: dict[str, None] = {}
    for step in declared.steps:
        match step:
            case syntax.Keep():
                check_new(step.name, step.span, registers, scope.constants, scope.definitions)
                registers[step.name] = _make_register(scope, step)
            case syntax.Input(name=name, span=span) | syntax.Let(name=name, span=span):
                check_new(name, span, locals_, registers, scope.constants, scope.definitions)
                locals_[name] = None
                steps.append(step)
            case syntax.Assign():
                _check_target(step, registers)
                steps.append(step)
            case syntax.Output():
                steps.append(step)
    if len(registers) > _MOST_REGISTERS:
        message = f"`{declared.name}` has {len(registers)} registers, the limit is {_MOST_REGISTERS}"
        raise refusal("ASH041", message, declared.span, "pack several into one number, or make two pipes")
    pipe = Pipe(
        declared.name,
        input_,
        output,
        tuple(registers.values()),
        declared.commutative,
        declared.no_mod,
        tuple(steps),
        declared.span,
    )
    _check_counts(pipe)
    return pipe


def _find_gauge(declared: syntax.PipeDeclaration, name: str) -> Gauge:
    if name not in GAUGES:
        note = f"a pipe takes and gives {', '.join(f'`{each}`' for each in GAUGES)}"
        raise refusal("ASH040", f"`{name}` is no gauge", declared.span, note)
    return Gauge(*GAUGES[name])


def _make_register(scope: Scope, keep: syntax.Keep) -> Register:
    bits = REGISTERS.get(keep.type)
    if bits is None:
        note = f"a register is {', '.join(f'`{each}`' for each in REGISTERS)}: a number has no order of bytes"
        raise refusal("ASH020", f"a register cannot be `{keep.type}`", keep.span, note)
    seed = 0 if keep.seed is None else evaluate_constant(scope, keep.seed)
    if seed >> bits:
        message = f"{seed} does not fit into the {bits} bits of `{keep.name}`"
        raise refusal("ASH017", message, keep.span, "start with a smaller number")
    return Register(keep.name, bits, seed, keep.span)


def _check_target(step: syntax.Assign, registers: Mapping[str, Register]) -> None:
    if step.target.steps or step.target.name not in registers:
        note = "declare it with `keep name: u32 = 0`; a `let` is fixed"
        raise refusal("ASH050", f"`{step.target.name}` is no register of this pipe", step.span, note)


def _check_counts(pipe: Pipe) -> None:
    """Refuse (ASH041) a pipe whose steps do not take and give one unit."""
    inputs = sum(isinstance(step, syntax.Input) for step in pipe.steps)
    outputs = [step for step in pipe.steps if isinstance(step, syntax.Output)]
    wanted = pipe.unit // pipe.input.bytes
    if inputs != wanted:
        message = f"`{pipe.name}` has {inputs} inputs, and a unit of {pipe.unit} bytes has {wanted}"
        raise refusal("ASH041", message, pipe.span, "write `input name` for each number that comes in")
    if pipe.no_mod:
        if pipe.input != pipe.output:
            note = "leave `no_mod` out, or give what is taken"
            raise refusal("ASH042", f"`{pipe.name}` gives another gauge than it takes", pipe.span, note)
        if outputs:
            note = "what goes out is what comes in: leave `output` out, or `no_mod`"
            raise refusal("ASH042", f"`{pipe.name}` is `no_mod` and has an output", outputs[0].span, note)
        return
    wanted = pipe.unit // pipe.output.bytes
    if len(outputs) != wanted:
        message = f"`{pipe.name}` has {len(outputs)} outputs, and a unit of {pipe.unit} bytes has {wanted}"
        note = "write `output e` for each number that goes out, or `no_mod` where nothing changes"
        raise refusal("ASH041", message, pipe.span, note)
