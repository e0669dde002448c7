"""From a handler's layers to IR functions, without the checks that the compiler adds.

In: a header. Out: the body and perhaps a recovery. The layers' initial and data parts come first, one layer
after the other, each where the one before has left the message; then their commit parts in the same order.
The abort parts make a function of their own, which the kernel runs where the body has aborted and everything
is as it was before.

    layer a { initial 1; data 2; commit 5; abort 7 }       body: 1 2 3 4 5 6
    layer b { initial 3; data 4; commit 6; abort 8 }       recovery: 7, and 8 if b failed

Source: Wallach, Engler and Kaashoek, SIGCOMM 1996 (dynamic protocol composition).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from ashc.language import syntax
from ashc.language.walk import walk_nodes
from ashc.lowering.expression import RESOLVER
from ashc.lowering.frame import CURSOR, Frame
from ashc.lowering.statement import end_handler, give_up_recovery, lower_body, lower_statements
from ashc.names.header import Header, Layer
from ashc.names.scope import LANGUAGE, Scope
from ashc.pipes.pipe import Pipe
from grammar.fields.layout import Structs
from grammar.fields.refuse import refusal
from grammar.lowering.arithmetic import compare_operands
from grammar.lowering.meaning import Variable
from grammar.lowering.operand import Known, Made, Operand
from grammar.lowering.writer import Writer
from runtime import limits
from runtime.check.bound import find_cost
from runtime.check.walk import walk_body
from runtime.handler.nodes import MEMORY, MESSAGE, Check
from runtime.handler.policies import EFFECT
from runtime.ir.builder import Builder
from runtime.ir.nodes import Emit, Function, Parameter, Region, Store, Type, Value

FAILED, NOW = "failed", "now"


@dataclass(frozen=True, slots=True)
class Program:
    """All that handlers of one file share."""

    scope: Scope
    structs: Structs
    pipes: Mapping[str, Pipe]


@dataclass(frozen=True, slots=True)
class Lowered:
    """A function without the checks that the compiler adds.

    Args:
        checks: where it gives up, by the numbers in its verdicts.
        demands: what differences mean that were made only so that they must be exact.
        layers: positions in the function's body where parts of layers begin, with the layers.
    """

    function: Function
    checks: tuple[Check, ...]
    demands: Mapping[Value, str]
    layers: tuple[tuple[int, int], ...]


def lower_handler(program: Program, header: Header) -> tuple[Lowered, Lowered | None]:
    """Return the body of a handler and its recovery, None where no layer has an abort part.

    Raises:
        Refused: ASH010 to ASH059.
    """
    frame = _open_frame(program, header, (), _asks_time(program, header, ("initial", "data", "commit")))
    body, bases = _lower_layers(frame, header)
    if not any("abort" in layer.parts for layer in header.layers):
        return body, None
    return body, _lower_recovery(program, header, bases)


def _lower_layers(frame: Frame, header: Header) -> tuple[Lowered, tuple[Operand, ...]]:
    """Lower the layers' parts; return also where each layer starts."""
    marks: list[tuple[int, int]] = []
    seen: list[tuple[dict[str, object], Operand]] = []
    going = True
    for number, layer in enumerate(header.layers):
        _enter_layer(frame, number, layer, frame.cursor, {CURSOR: frame.names[CURSOR]})
        marks.append((frame.builder.position, number))
        for part in ("initial", "data"):
            going = _lower_part(frame, layer.parts.get(part), going)
        seen.append((frame.names, frame.base))
    for number, (layer, (names, base)) in enumerate(zip(header.layers, seen, strict=True)):
        _enter_layer(frame, number, layer, base, {**names, CURSOR: frame.names[CURSOR]})
        marks.append((frame.builder.position, number))
        going = _lower_part(frame, layer.parts.get("commit"), going)
    if going:
        end_handler(frame)
    return _close(frame, tuple(marks)), tuple(base for _, base in seen)


def _lower_recovery(program: Program, header: Header, bases: Sequence[Operand]) -> Lowered:
    """Lower the abort parts: each runs if its layer or one behind it has given up."""
    frame = _open_frame(program, header, (FAILED,), _asks_time(program, header, ("abort",)))
    wide = frame.builder.convert(Type.U64, frame.builder.parameter(FAILED))
    failed = Made(wide, (1 << 32) - 1)
    marks: list[tuple[int, int]] = []
    for number, layer in enumerate(header.layers):
        part = layer.parts.get("abort")
        if part is None:
            continue
        base = bases[number]
        known = base if isinstance(base, Known) else None
        visible = layer if known is not None else replace(layer, fields={})
        _enter_layer(frame, number, visible, known or Known(0), {CURSOR: Variable(known or Known(0), True)})
        marks.append((frame.builder.position, number))
        condition = compare_operands(frame, "<=", Known(number), failed)
        if number == 0:
            if not lower_body(frame, part.body):
                return _close(frame, tuple(marks))
            continue
        with frame.builder.when(frame.value(condition, Type.U1)):
            lower_body(frame, part.body)
    give_up_recovery(frame)
    return _close(frame, tuple(marks))


def _lower_part(frame: Frame, part: syntax.Part | None, going: bool) -> bool:
    if part is None:
        return going
    if not going:
        note = "a part before it always ends the handler"
        raise refusal("ASH056", f"`{part.name}` is never reached", part.span, note)
    frame.part = part.name
    return lower_statements(frame, part.body)


def _enter_layer(frame: Frame, number: int, layer: Layer, base: Operand, names: dict[str, object]) -> None:
    frame.layer, frame.fields, frame.base, frame.names = number, layer.fields, base, names
    frame.part = "abort"


def _open_frame(program: Program, header: Header, numbers: tuple[str, ...], asks_time: bool) -> Frame:
    """Return the frame of a function, with nothing in it yet."""
    regions = [Region(MESSAGE, "read_write", header.message, span=header.span)]
    if header.memory.size:
        regions.append(Region(MEMORY, "read_write", header.memory.size, constant=True, span=header.span))
    parameters = [Parameter(name, Type.U32, header.span) for name in numbers]
    if asks_time:
        parameters.append(Parameter(NOW, Type.U64, header.span))
    builder = Writer(
        Builder(
            header.name,
            tuple(regions),
            tuple(parameters),
            (Type.U32,),
            EFFECT,
            limits.MAX_EFFECTS,
            span=header.span,
        ),
        LANGUAGE,
    )
    now = Made(builder.parameter(NOW)) if asks_time else Known(0)
    length = Made(builder.length(MESSAGE), header.message)
    frame = Frame(
        f"`{header.name}`",
        builder,
        program.scope,
        program.structs,
        header.memory,
        program.pipes,
        header.message,
        length,
        now,
        RESOLVER,
    )
    frame.names[CURSOR] = Variable(Known(0), changes=True)
    return frame


def _close(frame: Frame, layers: tuple[tuple[int, int], ...]) -> Lowered:
    """Return the function: it declares what it does, and no more."""
    function = frame.builder.finish()
    inside = tuple(walk_body(function.body))
    stored = {each.region for each in inside if isinstance(each, Store)}
    regions = tuple(
        region if region.name in stored else replace(region, rights="read") for region in function.regions
    )
    most = find_cost(function).emits
    if most > limits.MAX_EFFECTS:
        message = f"{frame.what} may send {most} pieces, the limit is {limits.MAX_EFFECTS}"
        raise refusal("ASH059", message, function.span, "send from fewer rounds of a loop")
    emits = EFFECT if any(isinstance(each, Emit) for each in inside) else ()
    function = replace(function, regions=regions, emits=emits, emit_limit=most)
    return Lowered(function, tuple(frame.checks), frame.demands, layers)


def _asks_time(program: Program, header: Header, parts: Sequence[syntax.PartName]) -> bool:
    """Say whether a part may ask for the clock, abbreviations included."""
    written = (layer.parts.get(part) for layer in header.layers for part in parts)
    abbreviations = (definition.value for definition in program.scope.definitions.values())
    nodes = walk_nodes((*written, *abbreviations))
    return any(isinstance(node, syntax.Call) and node.name == "clock" for node in nodes)
