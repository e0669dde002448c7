"""Effects: messages to send and wake-ups, collected as emitted tuples.

In: a statement and the frame. Out: `emit`s; the kernel carries them out when the handler has ended and did
not abort. What is sent are the bytes as they are then.

    send(message[0], 42, region.page, n)      emit SEND | message, 0 | 42 << 32
                                              emit SEND | LAST | memory, at | n << 32
"""

from __future__ import annotations

from ashc.language import syntax
from ashc.lowering.form import refuse_arguments
from ashc.lowering.frame import Frame
from ashc.lowering.span import Stretch, demand_bytes, find_stretch, measure
from ashc.names.scope import MESSAGE as MESSAGE_NAME
from grammar.lowering.expression import lower_number
from grammar.lowering.operand import Known, Made, Operand
from runtime.handler.nodes import LAST, LENGTH_SHIFT, MESSAGE, REGION_SHIFT, REGIONS, SEND, WAKE

_WHOLE = syntax.Path(MESSAGE_NAME, ())


def lower_send(frame: Frame, command: syntax.Command) -> None:
    """Lower `send(message)`, `send(region.page)` or `send(from, n, from, n ...)`.

    Raises:
        Refused: ASH052 for arguments that make no sense.
    """
    frame.may("effect", "send", command.span)
    arguments = command.arguments
    pieces: list[tuple[Stretch, Operand]] = []
    if len(arguments) == 1:
        pieces.append(_find_all(frame, arguments[0]))
    elif arguments and len(arguments) % 2 == 0:
        for place, amount in zip(arguments[::2], arguments[1::2], strict=True):
            stretch, count = _find_place(frame, place), lower_number(frame, amount)
            demand_bytes(frame, stretch, count, amount)
            pieces.append((stretch, count))
    else:
        raise refuse_arguments(command)
    for number, (stretch, count) in enumerate(pieces, 1):
        last = LAST if number == len(pieces) else 0
        what = SEND | last | REGIONS.index(stretch.region) << REGION_SHIFT
        frame.builder.emit(frame.number(what), frame.value(_pack(frame, stretch.offset, count)))


def lower_wake(frame: Frame, command: syntax.Command) -> None:
    """Lower `wake(number)`.

    Raises:
        Refused: ASH052 for arguments that make no sense.
    """
    frame.may("effect", "wake its owner", command.span)
    if len(command.arguments) != 1:
        raise refuse_arguments(command)
    number = lower_number(frame, command.arguments[0])
    frame.builder.emit(frame.number(WAKE), frame.value(number))


def _find_all(frame: Frame, expression: syntax.Expression) -> tuple[Stretch, Operand]:
    """Return a stretch up to its end."""
    stretch = _find_place(frame, expression)
    return stretch, frame.length if expression == _WHOLE else measure(frame, stretch)


def _find_place(frame: Frame, expression: syntax.Expression) -> Stretch:
    """Return a stretch; the message as such begins with its first byte, whatever was consumed."""
    if expression == _WHOLE:
        return Stretch(MESSAGE, Known(0), None, None, _WHOLE)
    return find_stretch(frame, expression)


def _pack(frame: Frame, offset: Operand, count: Operand) -> Operand:
    """Return `offset | count << 32`; both are below 2**32."""
    if isinstance(offset, Known) and isinstance(count, Known):
        return Known(offset.number | count.number << LENGTH_SHIFT)
    with frame.builder.trusting():
        high = frame.builder.binary("shl", frame.value(count), frame.number(LENGTH_SHIFT))
        if offset == Known(0):
            return Made(high)
        return Made(frame.builder.binary("or", high, frame.value(offset)))
