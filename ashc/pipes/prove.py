"""Prove pipes: their numbers are exact and fit, and what they claim of themselves is true.

In: all pipes. Out: nothing, or a refusal. A pipe becomes a function of its registers and of what comes in;
the checker of the kernel proves it exact. That it is commutative is a function too: it takes two units in
both orders, and divides by 0 where the registers differ, so that the same checker shows two units for which
they do.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from ashc.language import syntax
from ashc.lowering.expression import RESOLVER
from ashc.lowering.frame import CURSOR, Frame
from ashc.lowering.handler import Program
from ashc.names.header import Memory
from ashc.names.scope import LANGUAGE
from ashc.pipes.pipe import Pipe
from grammar.fields.refuse import refusal
from grammar.lowering.arithmetic import both, compare_operands
from grammar.lowering.expression import lower_number
from grammar.lowering.meaning import Variable
from grammar.lowering.operand import Known, Made, Operand
from grammar.lowering.writer import Writer
from runtime.check.counterexample import Counterexample
from runtime.check.judgement import Judgement
from runtime.check.prove import check_function
from runtime.diagnostic import Accepted, Diagnostic, Refused
from runtime.ir.builder import Builder
from runtime.ir.nodes import Parameter, Type, Value
from runtime.ir.verify import verify_function
from runtime.policy import Policy

_TYPES = {8: Type.U8, 16: Type.U16, 32: Type.U32, 64: Type.U64}
_BUDGET = 1 << 20
_MOST_PARAMETERS = 16


def prove_pipes(program: Program, names: Iterable[str], cache: Path | None = None) -> None:
    """Prove pipes.

    Args:
        program: that declares them.
        names: which.
        cache: a directory of earlier proofs.

    Raises:
        Refused: ASH043 for a number that may not be exact or not fit, ASH044 for one that is not commutative.
    """
    for pipe in (program.pipes[name] for name in names):
        _prove_exact(program, pipe, cache)
        if pipe.commutative:
            _prove_commutative(program, pipe, cache)


def _prove_exact(program: Program, pipe: Pipe, cache: Path | None) -> None:
    """Prove that every number is exact, and that what is kept and given fits."""
    frame, registers, inputs = _open(program, pipe, ("",))
    _, outputs = _run(frame, pipe, registers, inputs[0])
    written = [step for step in pipe.steps if isinstance(step, syntax.Output)]
    for step, output in zip(written, outputs, strict=True):
        with frame.builder.at(step.span):
            frame.builder.convert(_TYPES[pipe.output.bits], frame.value(output))
    judgement = _judge(frame, pipe, cache)
    match judgement.verdict:
        case Accepted():
            return
        case verdict:
            first = verdict.diagnostics[0]
            message = f"in `{pipe.name}`, {first.message}"
            raise Refused(Diagnostic("ASH043", message, first.span, first.notes))


def _prove_commutative(program: Program, pipe: Pipe, cache: Path | None) -> None:
    """Prove that two units may be taken in any order, from any registers."""
    kept = {register.name for register in pipe.registers}
    for step in pipe.steps:
        if isinstance(step, syntax.Output) and _mentions(pipe, step.value, kept):
            note = "leave `commutative` out: what goes out depends on what came before"
            raise refusal("ASH044", f"`{pipe.name}` is not commutative", step.span, note)
    if not kept:
        return
    frame, registers, inputs = _open(program, pipe, ("first_", "second_"))
    ends = []
    with frame.builder.trusting():
        for order in ((0, 1), (1, 0)):
            end = registers
            for number in order:
                end, _ = _run(frame, pipe, end, inputs[number])
            ends.append(end)
    equal: Operand = Known(1)
    for one, other in zip(*(end.values() for end in ends), strict=True):
        equal = both(frame, equal, compare_operands(frame, "==", one, other))
    divisor = frame.builder.convert(Type.U64, frame.value(equal, Type.U1))
    frame.builder.binary("udiv", frame.number(1), divisor)
    judgement = _judge(frame, pipe, cache)
    match judgement.verdict:
        case Accepted():
            return
        case _:
            notes = _show(judgement.counterexamples) or ("it could not be proved",)
            notes = (*notes, "leave `commutative` out: then the units are taken one after the other")
            message = f"`{pipe.name}` is not commutative: two units give other registers in the other order"
            raise Refused(Diagnostic("ASH044", message, pipe.span, notes))


def _show(counterexamples: tuple[Counterexample, ...]) -> tuple[str, ...]:
    return counterexamples[0].render() if counterexamples else ()


def _open(
    program: Program, pipe: Pipe, prefixes: tuple[str, ...]
) -> tuple[Frame, dict[str, Operand], list[list[Operand]]]:
    """Return the frame of a function of the registers and of one unit for each prefix, and all of these."""
    names = [step.name for step in pipe.steps if isinstance(step, syntax.Input)]
    parameters = [Parameter(each.name, _TYPES[each.bits], pipe.span) for each in pipe.registers]
    parameters += [
        Parameter(f"{prefix}{name}", _TYPES[pipe.input.bits], pipe.span)
        for prefix in prefixes
        for name in names
    ]
    builder = Writer(Builder(pipe.name, (), tuple(parameters), span=pipe.span), LANGUAGE)
    frame = Frame(
        f"pipe `{pipe.name}`",
        builder,
        program.scope,
        program.structs,
        Memory(0, {}),
        program.pipes,
        0,
        Known(0),
        Known(0),
        RESOLVER,
        pipe=pipe,
        part="data",
    )
    frame.names[CURSOR] = Variable(Known(0), changes=True)
    registers = {
        each.name: _widen(frame, Value(place), each.bits) for place, each in enumerate(pipe.registers)
    }
    inputs, place = list[list[Operand]](), len(pipe.registers)
    for _ in prefixes:
        inputs.append([_widen(frame, Value(place + number), pipe.input.bits) for number in range(len(names))])
        place += len(names)
    return frame, registers, inputs


def _widen(frame: Frame, value: Value, bits: int) -> Operand:
    wide = value if bits == 64 else frame.builder.convert(Type.U64, value)
    return Made(wide, (1 << bits) - 1)


def _run(
    frame: Frame, pipe: Pipe, registers: dict[str, Operand], inputs: list[Operand]
) -> tuple[dict[str, Operand], list[Operand]]:
    """Return the registers behind one unit, and what went out."""
    after, outputs, rest = dict(registers), list[Operand](), list(inputs)
    names: dict[str, object] = {name: Variable(operand) for name, operand in registers.items()}
    with frame.seeing(names, ()):
        for step in pipe.steps:
            match step:
                case syntax.Input(name=name):
                    frame.names[name] = Variable(rest.pop(0))
                case syntax.Let(name=name, value=value):
                    frame.names[name] = Variable(lower_number(frame, value))
                case syntax.Assign(target=target, value=value):
                    after[target.name] = _keep(frame, pipe, target.name, value)
                    frame.names[target.name] = Variable(after[target.name])
                case syntax.Output(value=value):
                    outputs.append(lower_number(frame, value))
    return after, outputs


def _keep(frame: Frame, pipe: Pipe, name: str, value: syntax.Expression) -> Operand:
    bits = next(register.bits for register in pipe.registers if register.name == name)
    operand = lower_number(frame, value)
    if bits == 64:
        return operand
    with frame.builder.at(value.span):
        narrow = frame.builder.convert(_TYPES[bits], frame.value(operand))
        return _widen(frame, narrow, bits)


def _judge(frame: Frame, pipe: Pipe, cache: Path | None) -> Judgement:
    """Return what the kernel's checker says of the function that was made."""
    frame.builder.return_()
    function = frame.builder.finish()
    if len(function.parameters) > _MOST_PARAMETERS:
        note = "use fewer registers, or smaller units"
        raise refusal("ASH041", f"`{pipe.name}` keeps and takes too many numbers", pipe.span, note)
    verify_function(function)
    types = tuple(parameter.type for parameter in function.parameters)
    policy = Policy("pipe", (), types, (), (), 0, (), True, _BUDGET)
    return check_function(function, policy, cache)


def _mentions(pipe: Pipe, expression: syntax.Expression, names: set[str]) -> bool:
    """Say whether an expression depends on one of `names`, also by way of a `let`."""
    match expression:
        case syntax.Path(name=name):
            lets = {step.name: step.value for step in pipe.steps if isinstance(step, syntax.Let)}
            return name in names or (name in lets and _mentions(pipe, lets[name], names))
        case syntax.Binary(left=left, right=right) | syntax.Compare(left=left, right=right):
            return _mentions(pipe, left, names) or _mentions(pipe, right, names)
        case syntax.Logical(left=left, right=right):
            return _mentions(pipe, left, names) or _mentions(pipe, right, names)
        case syntax.Call(arguments=arguments):
            return any(_mentions(pipe, each, names) for each in arguments)
        case syntax.Not(operand=operand):
            return _mentions(pipe, operand, names)
        case syntax.Membership(value=value, items=items):
            inner = (value, *(each for pair in items.ranges for each in pair))
            return any(_mentions(pipe, each, names) for each in inner)
        case syntax.Number():
            return False
