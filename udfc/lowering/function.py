"""The frame of every function: its declarations, and the tests before its body.

In: what the template is and what the function is for. Out: a frame to lower a body in, and the finished
function. A function does nothing where an argument is outside its domain, or where the object is too short
for the bytes at constant places that it reads; every function ends in its only `return`.

    func owns(region meta: read, max 4096, region arguments: read, max 8, %0: u64) emits (...) {
      %2 = load u64le arguments[%1];  %3 = ule %2, 4096
      if %3 { ... }

Return:
    }
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from grammar.lowering.arithmetic import both, combine, compare_operands, is_inside
from grammar.lowering.meaning import Variable
from grammar.lowering.operand import Known, Line, Made, Operand
from grammar.lowering.writer import Writer
from runtime import limits
from runtime.check.bound import find_cost
from runtime.ir import nodes as ir
from runtime.ir.builder import Builder
from runtime.ir.nodes import Function, Region, Rights, Type, Value
from runtime.source import NOWHERE, Span
from runtime.template.nodes import AFTER, ARGUMENTS, META, Kind, Parameter
from runtime.template.policies import WORD, arguments_bytes
from udfc.lowering.expression import RESOLVER
from udfc.lowering.frame import Frame, Read, Right
from udfc.names.header import Header


@dataclass(frozen=True, slots=True)
class Target:
    """The template that is being lowered.

    Args:
        headers: all templates.
        kinds: what it emits.
    """

    header: Header
    headers: Mapping[str, Header]
    kinds: tuple[Kind, ...]

    @property
    def words(self) -> int:
        """Words of a tuple that `owns` emits."""
        return 3 + max((kind.arguments for kind in self.kinds), default=0)


@dataclass(frozen=True, slots=True)
class Shape:
    """What a function is for: see runtime.template.nodes.

    Args:
        name: of the function.
        what: it is, in messages.
        regions: that it has besides `arguments`.
        rights: what it may do.
        numbers: the names of its parameters; `length` is the object's.
        results: types of what it returns.
        emits: how many words an emitted tuple has.
        method: the parameters of a method.
        writes: whether it changes `meta`.
    """

    name: str
    what: str
    regions: tuple[str, ...] = (META,)
    rights: frozenset[Right] = frozenset()
    numbers: tuple[str, ...] = ()
    results: tuple[Type, ...] = ()
    emits: int = 0
    method: tuple[Parameter, ...] = ()
    writes: bool = False
    span: Span = field(default=NOWHERE, compare=False, repr=False)


Lowering = Callable[[Frame], tuple[Value, ...]]
"""Lowers the body of a function and returns its results."""


def build_function(target: Target, shape: Shape, lower: Lowering) -> Function:
    """Return the function whose body `lower` makes.

    Args:
        target: its template.
        shape: what it is for.
        lower: is run twice: once to see which bytes it reads.

    Raises:
        Refused: as the lowering of expressions and statements.
    """
    scout = open_frame(target, shape)
    bind_arguments(scout, target.header.parameters, shape.method)
    lower(scout)
    frame = open_frame(target, shape)
    valid = bind_arguments(frame, target.header.parameters, shape.method)
    values = guard(
        frame,
        valid,
        lambda: guard(frame, guard_reads(frame, scout.reads, None), lambda: lower(frame), shape.results),
        shape.results,
    )
    return close_frame(frame, values)


def open_frame(target: Target, shape: Shape) -> Frame:
    """Return the frame of a function, with nothing in it yet."""
    header = target.header
    words = len(header.parameters) + len(shape.method)
    rights: Rights = "read_write" if shape.writes else "read"
    regions = [
        Region(name, rights if name == META else "read", header.maximum, header.constant, shape.span)
        for name in shape.regions
    ]
    regions.append(Region(ARGUMENTS, "read", arguments_bytes(words), constant=True, span=shape.span))
    builder = Writer(
        Builder(
            shape.name,
            tuple(regions),
            tuple(ir.Parameter(name, Type.U64, shape.span) for name in shape.numbers),
            shape.results,
            (Type.U64,) * shape.emits,
            min(shape.emits, 1),
            span=shape.span,
        ),
        header.scope.language,
    )
    length: Operand = Known(header.maximum)
    if not header.constant:
        if META in shape.regions:
            length = Made(builder.length(META), header.maximum)
        elif "length" in shape.numbers:
            length = Made(builder.parameter("length"), header.maximum)
    return Frame(
        shape.what,
        builder,
        header.scope,
        header,
        target.headers,
        target.kinds,
        target.words,
        shape.rights,
        frozenset(shape.regions),
        length,
        RESOLVER,
    )


def bind_arguments(frame: Frame, own: Sequence[Parameter], method: Sequence[Parameter]) -> Operand:
    """Load the arguments, give them their names, and return the condition that all are in their domains."""
    valid: Operand = Known(1)
    for number, parameter in enumerate((*own, *method)):
        with frame.builder.at(parameter.span):
            value = frame.builder.load(Type.U64, ARGUMENTS, frame.number(WORD * number), "le")
            high = parameter.allowed[-1][1]
            ranges = [(Known(low), Known(last)) for low, last in parameter.allowed]
            if len(ranges) > 1:  # the hull first: a chain of alternatives teaches the prover nothing
                hull = is_inside(frame, Made(value), [(ranges[0][0], ranges[-1][1])])
                valid = both(frame, valid, hull)
            valid = both(frame, valid, is_inside(frame, Made(value), list(ranges)))
        meaning = Variable(Made(value, high))
        if number < len(own):
            frame.parameters[parameter.name] = meaning
        else:
            frame.declare(parameter.name, meaning, parameter.span)
    if isinstance(frame.length, Made) and META not in frame.regions:
        short = compare_operands(frame, "<=", frame.length, Known(frame.header.maximum))
        valid = both(frame, valid, short)
    return valid


def guard_reads(
    frame: Frame, reads: Sequence[Read], own: Operand | None, done: Line | None = None
) -> Operand:
    """Return the condition that the object is long enough for the bytes whose place is known.

    Args:
        frame: of the function.
        reads: what it was seen to read.
        own: the partition's index, where there is one.
        done: `done.factor * own + done.base` is known to be at most the length.
    """
    valid: Operand = Known(1)
    if frame.header.constant:
        return valid
    for (region, factor), end in _find_ends(reads).items():
        if done is not None and done.factor == factor and end <= done.base:
            continue
        valid = both(frame, valid, _fits(frame, region, factor, own, end))
    return valid


def _find_ends(reads: Sequence[Read]) -> dict[tuple[str, int], int]:
    """Return the largest end of the bytes that are read, by region and factor of the partition's index.

    Of computed places in a field, it is the field's.
    """
    ends: dict[tuple[str, int], int] = {}
    for read in reads:
        if read.start is not None:
            key, end = (read.region, read.start.factor), read.start.base + read.width
        elif read.within is not None:
            key, end = (read.region, 0), read.within[1]
        else:
            continue
        ends[key] = max(ends.get(key, end), end)
    return ends


def _fits(frame: Frame, region: str, factor: int, own: Operand | None, end: int) -> Operand:
    """Return the condition `factor * own + end <= length of region`."""
    builder = frame.builder
    length = frame.length if region == META else Made(builder.length(AFTER), frame.header.maximum)
    if not factor or own is None:
        return compare_operands(frame, "<=", Known(end), length)
    scaled = combine(frame, "*", own, Known(factor), builder.span)
    return compare_operands(frame, "<=", combine(frame, "+", scaled, Known(end), builder.span), length)


def guard(
    frame: Frame, condition: Operand, body: Callable[[], tuple[Value, ...]], results: Sequence[Type] = ()
) -> tuple[Value, ...]:
    """Lower `body` into an `if`; the results are 0 where `condition` does not hold."""
    if condition == Known(1):
        return body()
    builder = frame.builder
    builder.if_(frame.value(condition, Type.U1))
    builder.yield_(*body())
    if results:
        builder.else_()
        builder.yield_(*(builder.constant(type_, 0) for type_ in results))
    return builder.end()


def close_frame(frame: Frame, values: tuple[Value, ...]) -> Function:
    """Return the finished function, which may emit as many tuples as it possibly can."""
    frame.builder.return_(*values)
    function = frame.builder.finish()
    if not function.emits:
        return function
    most = min(max(1, find_cost(function).emits), limits.MAX_EMITS)
    return replace(function, emit_limit=most)
