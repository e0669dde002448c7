"""Stretches of memory in statements: where they begin, and how far they may go.

In: a path. Out: a `Stretch`. A field is as long as it is; an element of an array of numbers is the start of
what is left of the array; `message[n]` and `region[n]` go on to the end.

    consume(region.page, n)          n <= size of page
    consume(region.page[at], n)      n <= size of page - at
    consume(region[at], n)           at + n <= size of the region
"""

from __future__ import annotations

from dataclasses import dataclass

from ashc.language import syntax
from ashc.lowering.expression import require_place
from ashc.lowering.frame import Frame, excerpt
from ashc.names.scope import MESSAGE as MESSAGE_NAME
from ashc.names.scope import REGION
from grammar.fields.fieldtype import Array, Number
from grammar.fields.refuse import refusal
from grammar.lowering.arithmetic import combine
from grammar.lowering.operand import Known, Operand
from grammar.lowering.place import Place
from runtime.handler.nodes import MESSAGE


@dataclass(frozen=True, slots=True)
class Stretch:
    """Bytes from `offset` on.

    Args:
        room: how many there are; None: up to the end of the region.
        size: how many there are, where that is known.
    """

    region: str
    offset: Operand
    room: Operand | None
    size: int | None
    path: syntax.Path


def find_stretch(frame: Frame, expression: syntax.Expression) -> Stretch:
    """Return the stretch that `expression` names.

    Raises:
        Refused: ASH015 if it is no place in memory.
    """
    if not isinstance(expression, syntax.Path):
        note = "name a field, or write `region[n]` or `message[n]`"
        raise refusal("ASH015", "this is no place in memory", expression.span, note)
    path = expression
    place = require_place(frame, path)
    if path.name in (MESSAGE_NAME, REGION) and (not path.steps or isinstance(path.steps[0], syntax.Index)):
        return Stretch(place.region, place.offset, None, None, path)
    if place.bit is not None:
        raise refusal("ASH015", f"`{place.path}` is a part of a number", path.span, "name the number")
    if path.steps and isinstance(path.steps[-1], syntax.Index) and isinstance(place.type, Number):
        return _find_rest(frame, path, place)
    size = getattr(place.type, "size", 0)
    if not size:
        return Stretch(place.region, place.offset, None, None, path)
    return Stretch(place.region, place.offset, Known(size), size, path)


def _find_rest(frame: Frame, path: syntax.Path, place: Place) -> Stretch:
    """Return the stretch from an element of an array of numbers to the array's end."""
    last = path.steps[-1]
    whole = require_place(frame, syntax.Path(path.name, path.steps[:-1], path.span))
    assert isinstance(last, syntax.Index), "asked by `find_stretch`"
    assert isinstance(whole.type, Array), "an element stands in an array"
    if whole.type.count is None:
        return Stretch(place.region, place.offset, None, None, path)
    gone = combine(frame, "-", place.offset, whole.offset, path.span)
    room = combine(frame, "-", Known(whole.type.size), gone, path.span)
    return Stretch(place.region, place.offset, room, None, path)


def demand_bytes(frame: Frame, stretch: Stretch, count: Operand, what: syntax.Expression) -> None:
    """Demand that `stretch` has `count` bytes.

    Raises:
        Refused: ASH017 if it cannot have them.
    """
    span = what.span
    text = f"there are `{excerpt(span)}` bytes at `{excerpt(stretch.path.span)}`"
    if stretch.room is not None:
        frame.demand(stretch.room, count, text, span)
    length = frame.length if stretch.region == MESSAGE else Known(frame.memory.size)
    left = frame.demand(length, stretch.offset, text, span)
    frame.demand(left, count, text, span)


def measure(frame: Frame, stretch: Stretch) -> Operand:
    """Return how many bytes a stretch has: up to its end."""
    if stretch.room is not None:
        return stretch.room
    length = frame.length if stretch.region == MESSAGE else Known(frame.memory.size)
    text = f"`{excerpt(stretch.path.span)}` begins inside the {stretch.region}"
    return frame.demand(length, stretch.offset, text, stretch.path.span)
