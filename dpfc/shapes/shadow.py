"""Rules that can never win, where the first rule that accepts a message wins it.

In: tables of rows, whose filters win in the order of their numbers. Out: each filter that an earlier one
leaves nothing to (it contains it), each that several earlier ones leave nothing to together, and warnings
with messages that show it.

    rule 1  source 10.0.0.0/8, port 80        rule 2 never wins: rule 1 contains it
    rule 2  source 10.1.0.0/16, port 80       rule 5 never wins: rules 3 and 4 have its halves
    rule 3  port 0..1023    rule 4  port 1024..65535    rule 5  source 10.2.0.0/16

Containment is found for all rules at once (`dpfc.shapes.contain`). Nearly all others have one of a few
points to themselves; what is left is decided one by one (`dpfc.shapes.cover`), within a budget.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dpfc.formula import Field
from dpfc.shapes.contain import NONE, Boxes, find_first_containers
from dpfc.shapes.cover import find_cover
from dpfc.shapes.frame import Frame, make_frame
from dpfc.shapes.shadow_report import describe_shadows
from dpfc.shapes.shape import Rows
from runtime.diagnostic import Diagnostic
from runtime.source import Span

if TYPE_CHECKING:
    import numpy as np

    from dpfc.shapes.contain import Numbers, Ranks

POINTS = 12
"""Points of each rule that are tried before it is decided exactly."""

STEPS_EACH = 2_000
"""Pieces that one rule may be cut into: real rule sets need at most 30."""

STEPS_TOTAL = 50_000

MAX_LOOKS = 1 << 29
"""Boxes that are looked at, each time they are, to decide rules one by one."""


@dataclass(frozen=True, slots=True)
class Shadow:
    """A filter that never wins.

    Args:
        loser: its number.
        winners: the earlier filters that leave it nothing, in order; where it is one, that one contains it.
        equal: whether that one accepts exactly the same messages.
        box: one of the loser's boxes.
    """

    loser: int
    winners: tuple[int, ...]
    equal: bool
    box: int


@dataclass(frozen=True, slots=True)
class Shadows:
    """What was found.

    Args:
        shadows: all filters that never win, in order of their numbers.
        undecided: the numbers of filters that may or may not be able to win: deciding took too long.
        warnings: DPF075 to DPF077: the first few of `shadows` with witnesses, the number of the others.
    """

    shadows: tuple[Shadow, ...]
    undecided: tuple[int, ...]
    warnings: tuple[Diagnostic, ...]


def find_shadowed(
    tables: Sequence[Rows], names: Sequence[str], spans: Sequence[Span], optional: Collection[Field] = ()
) -> Shadows:
    """Return the filters of `tables` that can never win, filters with lower numbers coming first.

    Args:
        tables: whose fixed tests do not contradict each other; a filter may have rows in several of them.
        names: by filter number.
        spans: by filter number.
        optional: columns that a message has all or none of (the ports of a rule set): a row that takes all
            numbers of all of these takes messages without them too.
    """
    import numpy as np

    frame = make_frame(tables, optional=optional)
    before = np.searchsorted(frame.ids, frame.ids)  # how many boxes belong to earlier filters
    first = find_first_containers(frame.boxes, frame.boxes, before)
    open_boxes = _try_points(frame, np.flatnonzero(first < 0), before)
    covers, undecided = _decide(frame, open_boxes, before)
    lost = np.isin(np.arange(len(frame.ids)), (*covers, *undecided)) | (first >= 0)
    candidates = set(frame.ids[lost].tolist()) - set(frame.ids[~lost].tolist()) - frame.left_out
    unknown = {int(frame.ids[box]) for box in undecided} & candidates
    shadows = tuple(_describe(frame, loser, first, covers) for loser in sorted(candidates - unknown))
    unsure = tuple(sorted(unknown | frame.left_out))
    return Shadows(shadows, unsure, describe_shadows(frame, shadows, len(unsure), names, spans))


def _try_points(frame: Frame, open_boxes: Numbers, before: Numbers) -> Numbers:
    """Return those boxes of which each point that was tried is in an earlier filter."""
    import numpy as np

    random = np.random.default_rng(0)
    for number in range(POINTS):
        points = _choose_points(frame.boxes.take(open_boxes), number, random)
        taken = find_first_containers(frame.boxes, Boxes(points, points), before[open_boxes])
        still_open = open_boxes[taken != NONE]
        is_worth_it = 64 * len(still_open) < 63 * len(open_boxes)
        open_boxes = still_open
        if not is_worth_it:
            break
    return open_boxes


def _choose_points(boxes: Boxes, number: int, random: np.random.Generator) -> Ranks:
    """Return a point of each box: the lowest, then mixtures of lowest, highest and random ranks."""
    import numpy as np

    if number == 0:
        return boxes.lows
    size = boxes.lows.shape
    inner = random.integers(boxes.lows, boxes.highs, endpoint=True, dtype=np.int32)
    choice = random.integers(0, 3, size)
    return np.where(choice == 0, boxes.lows, np.where(choice == 1, boxes.highs, inner))


def _decide(
    frame: Frame, open_boxes: Numbers, before: Numbers
) -> tuple[dict[int, tuple[int, ...]], tuple[int, ...]]:
    """Return what covers each covered box, and the boxes for which the budget did not suffice."""
    covers: dict[int, tuple[int, ...]] = {}
    undecided: list[int] = []
    steps, looks = STEPS_TOTAL, MAX_LOOKS
    for box in open_boxes.tolist():
        looks -= int(before[box])
        if min(steps, looks) <= 0:
            undecided.append(box)
            continue
        low, high = frame.boxes.lows[:, box], frame.boxes.highs[:, box]
        numbers = _list_meeting(frame.boxes, low, high, int(before[box]))
        budget = min(steps, STEPS_EACH, 1 + looks // (1 + len(numbers)))
        found = find_cover(low, high, frame.boxes.take(numbers), budget)
        steps -= found.steps
        looks -= found.steps * len(numbers)
        if found.covered:
            covers[box] = tuple(int(numbers[place]) for place in found.used)
        elif found.covered is None:
            undecided.append(box)
    return covers, tuple(undecided)


def _list_meeting(boxes: Boxes, low: Ranks, high: Ranks, count: int) -> Numbers:
    """Return which of the first `count` boxes meet the box from `low` to `high`."""
    import numpy as np

    numbers: Numbers = np.arange(count)
    for lows, highs, least, most in zip(boxes.lows, boxes.highs, low, high, strict=True):
        numbers = numbers[(lows[numbers] <= most) & (highs[numbers] >= least)]
    return numbers


def _describe(frame: Frame, loser: int, first: Numbers, covers: dict[int, tuple[int, ...]]) -> Shadow:
    """Return who takes the boxes of a filter that loses them all."""
    import numpy as np

    start, end = (int(place) for place in np.searchsorted(frame.ids, (loser, loser + 1)))
    takers = [covers.get(box) or (int(first[box]),) for box in range(start, end)]
    winners = tuple(sorted({int(frame.ids[box]) for boxes in takers for box in boxes}))
    return Shadow(loser, winners, _are_equal(frame, start, end, winners), start)


def _are_equal(frame: Frame, start: int, end: int, winners: tuple[int, ...]) -> bool:
    """Say whether the boxes from `start` to `end` are those of the one winner."""
    import numpy as np

    if len(winners) > 1:
        return False
    first, last = (int(place) for place in np.searchsorted(frame.ids, (winners[0], winners[0] + 1)))
    boxes = [
        {(frame.boxes.lows[:, box].tobytes(), frame.boxes.highs[:, box].tobytes()) for box in numbers}
        for numbers in (range(start, end), range(first, last))
    ]
    return boxes[0] == boxes[1]
