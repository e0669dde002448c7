"""What a pipe means: it reads the stream unit by unit, and the last unit is filled up with zeros.

In: a pipe, its registers, bytes. Out: as many bytes, and the registers. A list of pipes means that each runs
over all that the one before has left. Slow on purpose; the fused loops are held to it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ashc.language import syntax
from ashc.names.scope import Scope
from ashc.pipes.pipe import Pipe
from grammar.fields.constant import find_constant
from grammar.fields.exact import calculate, compare


def run_pipe(
    scope: Scope, pipe: Pipe, registers: Mapping[str, int], data: bytes
) -> tuple[bytes, dict[str, int]]:
    """Return what `pipe` makes of `data`, and its registers then.

    Args:
        scope: of its constants and abbreviations.
        pipe: any.
        registers: by name.
        data: the stream.
    """
    kept, out = dict(registers), bytearray()
    for start in range(0, len(data), pipe.unit):
        unit = data[start : start + pipe.unit].ljust(pipe.unit, b"\0")
        out += _run_unit(scope, pipe, kept, unit)
    return bytes(out[: len(data)]), kept


def run_pipes(
    scope: Scope, pipes: Sequence[Pipe], registers: Sequence[Mapping[str, int]], data: bytes
) -> tuple[bytes, list[dict[str, int]]]:
    """Return what `pipes` make of `data`, one after another, and the registers of each."""
    kept: list[dict[str, int]] = []
    for pipe, before in zip(pipes, registers, strict=True):
        data, after = run_pipe(scope, pipe, before, data)
        kept.append(after)
    return data, kept


def _run_unit(scope: Scope, pipe: Pipe, kept: dict[str, int], unit: bytes) -> bytes:
    names: dict[str, int] = {}
    out = bytearray()
    place = 0
    for step in pipe.steps:
        match step:
            case syntax.Input(name=name):
                part = unit[place : place + pipe.input.bytes]
                names[name] = int.from_bytes(part, "big" if pipe.input.order == "be" else "little")
                place += pipe.input.bytes
            case syntax.Let(name=name, value=value):
                names[name] = _evaluate(scope, pipe, {**kept, **names}, value)
            case syntax.Assign(target=target, value=value):
                kept[target.name] = _evaluate(scope, pipe, {**kept, **names}, value)
            case syntax.Output(value=value):
                number = _evaluate(scope, pipe, {**kept, **names}, value)
                out += number.to_bytes(pipe.output.bytes, "big" if pipe.output.order == "be" else "little")
    return unit if pipe.no_mod else bytes(out)


def _evaluate(scope: Scope, pipe: Pipe, names: Mapping[str, int], expression: syntax.Expression) -> int:
    match expression:
        case syntax.Number(value=value):
            return value
        case syntax.Path(name=name):
            return names[name] if name in names else find_constant(scope, expression)
        case syntax.Binary(operator=operator, left=left, right=right, wrapping=wrapping):
            first, second = (_evaluate(scope, pipe, names, each) for each in (left, right))
            return calculate(operator, first, second, wrapping)
        case syntax.Call(name="carry_add", arguments=arguments):
            total = sum(_evaluate(scope, pipe, names, each) for each in arguments)
            return (total & ((1 << pipe.input.bits) - 1)) + (total >> pipe.input.bits)
        case syntax.Call(name="select", arguments=(condition, yes, no)):
            return _evaluate(scope, pipe, names, yes if _holds(scope, pipe, names, condition) else no)
        case syntax.Call(name="min" | "max" as name, arguments=arguments):
            numbers = [_evaluate(scope, pipe, names, each) for each in arguments]
            return min(numbers) if name == "min" else max(numbers)
        case syntax.Call(name=name, arguments=arguments):
            definition = scope.definitions[name]
            given = [_evaluate(scope, pipe, names, each) for each in arguments]
            inner = dict(zip(definition.parameters, given, strict=True))
            return _evaluate(scope, pipe, inner, definition.value)
        case _:
            raise AssertionError("a condition is no number")


def _holds(scope: Scope, pipe: Pipe, names: Mapping[str, int], condition: syntax.Expression) -> bool:
    match condition:
        case syntax.Compare(operator=operator, left=left, right=right):
            first, second = (_evaluate(scope, pipe, names, each) for each in (left, right))
            return compare(operator, first, second)
        case syntax.Not(operand=operand):
            return not _holds(scope, pipe, names, operand)
        case syntax.Logical(operator=operator, left=left, right=right):
            first = _holds(scope, pipe, names, left)
            return _holds(scope, pipe, names, right) if first == (operator == "and") else first
        case syntax.Membership(value=value, items=items, negated=negated):
            number = _evaluate(scope, pipe, names, value)
            ranges = [[_evaluate(scope, pipe, names, each) for each in pair] for pair in items.ranges]
            return any(low <= number <= high for low, high in ranges) != negated
        case _:
            raise AssertionError("a number is no condition")
