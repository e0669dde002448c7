"""Statements that move data: `consume`, `copy`, `scan`, `apply`, with pipes; `swap`, and whole fields.

In: a statement and the frame. Out: what it demands, and the loop.

    consume(to, n, pipe ...)      the next n bytes of the message, to somewhere; the cursor moves on
    consume(n, pipe ...)          the same, to nowhere
    copy(to, from, n, pipe ...)   from message to region or back
    scan(from, n, pipe ...)       only look at them
    apply(at, n, pipe ...)        change them where they are
    swap(a, b)                    exchange fields of one size
"""

from __future__ import annotations

from collections.abc import Sequence

from ashc.language import syntax
from ashc.lowering.form import refuse_arguments
from ashc.lowering.frame import Frame, Instance, excerpt
from ashc.lowering.fuse import End, Transfer, fuse
from ashc.lowering.running import Use
from ashc.lowering.span import Stretch, demand_bytes, find_stretch
from grammar.fields.refuse import refusal, suggest
from grammar.lowering.arithmetic import combine
from grammar.lowering.expression import lower_number
from grammar.lowering.operand import Known, Operand
from runtime.handler.nodes import MESSAGE
from runtime.ir.nodes import Order, Type, Value
from runtime.source import Span

MOST_WHOLE = 64
"""Bytes of a field that is assigned or exchanged whole; `copy` moves more."""

_TYPES = ((8, Type.U64), (4, Type.U32), (2, Type.U16), (1, Type.U8))
_WRITES = frozenset({"consume", "copy", "apply"})


def lower_consume(frame: Frame, command: syntax.Command) -> None:
    """Lower `consume(...)`: the first argument is a number if the second is a pipe.

    Raises:
        Refused: ASH052 for arguments that make no sense.
    """
    arguments = list(command.arguments)
    sink: Stretch | None = None
    if len(arguments) > 1 and not _names_pipe(frame, arguments[1]):
        frame.may("move", "write into memory", command.span)
        sink = find_stretch(frame, arguments.pop(0))
        _check_written(frame, sink, command.span)
    if not arguments:
        raise refuse_arguments(command)
    amount, *rest = arguments
    count = lower_number(frame, amount)
    text = f"the message has `{excerpt(amount.span)}` more bytes"
    left = frame.demand(frame.length, frame.cursor, text, amount.span)
    frame.demand(left, count, text, amount.span)
    if sink is not None:
        demand_bytes(frame, sink, count, amount)
        if sink.region == MESSAGE:
            note = "`apply` changes a message where it is"
            raise refusal("ASH053", "a message cannot be consumed into itself", command.span, note)
    uses = _find_uses(frame, rest)
    start = frame.cursor
    if sink is not None or uses:
        end = None if sink is None else End(sink.region, sink.offset)
        _fuse(frame, End(MESSAGE, start), end, count, uses, command.span)
    frame.move_cursor(combine(frame, "+", start, count, amount.span))


def lower_copy(frame: Frame, command: syntax.Command) -> None:
    """Lower `copy(to, from, n, pipe ...)`.

    Raises:
        Refused: ASH052 for arguments that make no sense, ASH053 within one region.
    """
    if len(command.arguments) < 3:
        raise refuse_arguments(command)
    frame.may("move", "write into memory", command.span)
    to, source, amount, *rest = command.arguments
    sink, origin = find_stretch(frame, to), find_stretch(frame, source)
    _check_written(frame, sink, command.span)
    if sink.region == origin.region:
        note = "move it by way of a variable, or change it in place with `apply`"
        raise refusal("ASH053", "both places are in the same memory", command.span, note)
    count = lower_number(frame, amount)
    demand_bytes(frame, origin, count, amount)
    demand_bytes(frame, sink, count, amount)
    ends = End(origin.region, origin.offset), End(sink.region, sink.offset)
    _fuse(frame, *ends, count, _find_uses(frame, rest), command.span)


def lower_scan(frame: Frame, command: syntax.Command) -> None:
    """Lower `scan(from, n, pipe ...)` or `apply(at, n, pipe ...)`.

    Raises:
        Refused: ASH052 for arguments that make no sense.
    """
    if len(command.arguments) < 3:
        raise refuse_arguments(command)
    source, amount, *rest = command.arguments
    stretch = find_stretch(frame, source)
    if command.name == "apply":
        frame.may("move", "write into memory", command.span)
        _check_written(frame, stretch, command.span)
    count = lower_number(frame, amount)
    demand_bytes(frame, stretch, count, amount)
    end = End(stretch.region, stretch.offset)
    _fuse(frame, end, end if command.name == "apply" else None, count, _find_uses(frame, rest), command.span)


def lower_swap(frame: Frame, command: syntax.Command) -> None:
    """Lower `swap(a, b)`.

    Raises:
        Refused: ASH052 for arguments that make no sense, ASH054 for sizes that differ or are too large.
    """
    if len(command.arguments) != 2:
        raise refuse_arguments(command)
    first, second = (find_stretch(frame, each) for each in command.arguments)
    for stretch in (first, second):
        frame.note_store(stretch.region, "", command.span)
    size = _find_size(first, second, command.span)
    one, other = _load_whole(frame, first, size), _load_whole(frame, second, size)
    _store_whole(frame, first, other)
    _store_whole(frame, second, one)


def assign_whole(frame: Frame, target: syntax.Path, source: syntax.Path, span: Span) -> None:
    """Lower `region.reply.to = message.from` for fields that are no numbers.

    Raises:
        Refused: ASH054 for sizes that differ or are too large.
    """
    sink, origin = find_stretch(frame, target), find_stretch(frame, source)
    frame.note_store(sink.region, "", span)
    _store_whole(frame, sink, _load_whole(frame, origin, _find_size(sink, origin, span)))


def _find_size(first: Stretch, second: Stretch, span: Span) -> int:
    if first.size is None or first.size != second.size:
        sizes = " and ".join("unknown" if each.size is None else str(each.size) for each in (first, second))
        note = "name fields of one size, or copy bytes with `copy(to, from, n)`"
        raise refusal("ASH054", f"these places have different sizes: {sizes}", span, note)
    if first.size > MOST_WHOLE:
        note = "use `copy(to, from, n)`"
        raise refusal("ASH054", f"a field of {first.size} bytes is too large to be moved whole", span, note)
    return first.size


def _load_whole(frame: Frame, stretch: Stretch, size: int) -> list[tuple[int, Type, Value]]:
    """Return the bytes of a stretch in large parts, with their places."""
    parts: list[tuple[int, Type, Value]] = []
    place = 0
    for width, type_ in _TYPES:
        while size - place >= width:
            at = combine(frame, "+", stretch.offset, Known(place), stretch.path.span)
            value = frame.builder.load(type_, stretch.region, frame.value(at), _order(type_))
            parts.append((place, type_, value))
            place += width
    return parts


def _store_whole(frame: Frame, stretch: Stretch, parts: Sequence[tuple[int, Type, Value]]) -> None:
    for place, type_, value in parts:
        at = combine(frame, "+", stretch.offset, Known(place), stretch.path.span)
        frame.builder.store(stretch.region, frame.value(at), value, _order(type_))


def _order(type_: Type) -> Order:
    """Return the order in which the IR writes the machine's own: of one byte, `be`."""
    return "be" if type_ is Type.U8 else "le"


def _fuse(
    frame: Frame, source: End, sink: End | None, count: Operand, uses: tuple[Use, ...], span: Span
) -> None:
    sizes = {MESSAGE: frame.message}
    most = min(count.high, *(sizes.get(e.region, frame.memory.size) for e in (source, sink or source)))
    fuse(frame, Transfer(source, sink, count, most, uses, span))


def _names_pipe(frame: Frame, expression: syntax.Expression) -> bool:
    """Say whether an argument is a pipe."""
    if not isinstance(expression, syntax.Path) or expression.steps:
        return False
    return isinstance(frame.names.get(expression.name), Instance) or expression.name in frame.pipes


def _check_written(frame: Frame, stretch: Stretch, span: Span) -> None:
    if stretch.region == MESSAGE and frame.part == "data":
        note = "in `data`, data goes to the region; put it into `commit { ... }`"
        raise refusal("ASH051", "`data` cannot change the message", span, note)


def _find_uses(frame: Frame, expressions: Sequence[syntax.Expression]) -> tuple[Use, ...]:
    """Return the pipes of a list.

    Raises:
        Refused: ASH010 for one that does not exist, ASH055 if one is used twice or needs a name.
    """
    uses: list[Use] = []
    for each in expressions:
        if not isinstance(each, syntax.Path) or each.steps:
            raise refusal("ASH055", "a pipe is expected here", each.span, "name a pipe, or a `use` of one")
        uses.append(_find_use(frame, each))
    names = [use.prefix for use in uses if use.prefix]
    for number, name in enumerate(names):
        if name in names[:number]:
            note = "its registers are the same: `use` the pipe twice, with two names"
            raise refusal("ASH055", f"`{name}` comes twice in one list", expressions[number].span, note)
    return tuple(uses)


def _find_use(frame: Frame, path: syntax.Path) -> Use:
    found = frame.names.get(path.name)
    if isinstance(found, Instance):
        return Use(found.pipe, found.name)
    pipe = frame.pipes.get(path.name)
    if pipe is None:
        instances = [name for name, each in frame.names.items() if isinstance(each, Instance)]
        raise refusal(
            "ASH010",
            f"there is no pipe `{path.name}`",
            path.span,
            suggest(path.name, [*instances, *frame.pipes]),
        )
    if pipe.registers:
        note = f"write `use sum = {pipe.name}` before, and name `sum` here"
        raise refusal("ASH055", f"`{pipe.name}` has registers, so it needs a name", path.span, note)
    return Use(pipe, "")
