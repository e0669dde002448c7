"""What is said of filters that can never win: warnings, with messages that show who wins instead.

In: shadows. Out: DPF075 (one earlier filter contains it) and DPF076 (several cover it) for the first few,
each with a message that the filter accepts and an earlier one takes; what was not decided is DPF077.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from dpfc.formula import And
from dpfc.merge.witness import show_message
from dpfc.naive import accepts
from dpfc.shapes.contain import Boxes, find_first_containers
from dpfc.shapes.example import find_example
from dpfc.shapes.frame import Frame
from runtime.diagnostic import Diagnostic
from runtime.source import NOWHERE, Span

if TYPE_CHECKING:
    from dpfc.shapes.shadow import Shadow

MAX_DESCRIBED = 10
"""Findings that are described with a message; the others are counted."""

_MAX_NAMED = 5


def describe_shadows(
    frame: Frame, shadows: Sequence[Shadow], undecided: int, names: Sequence[str], spans: Sequence[Span]
) -> tuple[Diagnostic, ...]:
    """Return warnings about the first few of `shadows`; the last of them counts the others."""
    described = shadows[:MAX_DESCRIBED]
    warnings = []
    for shadow in described:
        notes = _show_taken(frame, shadow.box, names)
        if shadow is described[-1] and len(shadows) > len(described):
            notes = (*notes, f"{len(shadows) - len(described):,} more filters never win")
        warnings.append(_describe(shadow, notes, names, spans))
    if undecided:
        message = f"whether {undecided:,} filters can ever win was not decided"
        note = "too many earlier filters together take too many parts of each of them"
        warnings.append(Diagnostic("DPF077", message, NOWHERE, (note,), severity="warning"))
    return tuple(warnings)


def _describe(
    shadow: Shadow, notes: tuple[str, ...], names: Sequence[str], spans: Sequence[Span]
) -> Diagnostic:
    loser = names[shadow.loser]
    if len(shadow.winners) == 1:
        same = "exactly the same messages" if shadow.equal else "all that it accepts"
        message = f"`{loser}` never wins: `{names[shadow.winners[0]]}` comes first and accepts {same}"
        return Diagnostic("DPF075", message, spans[shadow.loser], notes, severity="warning")
    shown = ", ".join(f"`{names[winner]}`" for winner in shadow.winners[:_MAX_NAMED])
    more = len(shadow.winners) - _MAX_NAMED
    others = f" and {more:,} more" if more > 0 else ""
    message = f"`{loser}` never wins: {shown}{others} come first and together accept all that it accepts"
    return Diagnostic("DPF076", message, spans[shadow.loser], notes, severity="warning")


def _show_taken(frame: Frame, box: int, names: Sequence[str]) -> tuple[str, ...]:
    """Return notes: a message of the box, and the filter that takes it; none where no message is found."""
    import numpy as np

    row = frame.find_row(box).formula
    tests = And(frame.list_tests(frame.boxes.lows[:, box], box))
    message = find_example(frame.pool, (tests, row), (), None)
    if message is None:
        return ()
    point = frame.rank_message(message)[:, None]
    limit = np.searchsorted(frame.ids, frame.ids[[box]])
    taker = int(find_first_containers(frame.boxes, Boxes(point, point), limit)[0])
    if taker < 0 or not accepts(frame.find_row(taker).formula, message):
        return ()
    name = names[frame.ids[taker]]
    return (f"`{name}` takes this message of {len(message)} bytes:", *show_message(message))
