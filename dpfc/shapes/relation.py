"""How filters relate whose boxes meet: which contains which.

In: the pairs of boxes that meet. Out: the pairs of filters, each once. A filter is the union of its boxes: it
is inside another when each of its boxes is inside one of the other's, or inside several of them together.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dpfc.shapes.cover import find_cover
from dpfc.shapes.distinct import list_distinct
from dpfc.shapes.frame import Frame
from dpfc.shapes.meetings import Meetings

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from dpfc.shapes.contain import Flags, Numbers

MAX_COVERS = 20_000
"""Pairs of filters of which one may be inside several boxes of the other."""

STEPS_EACH = 2_000


@dataclass(frozen=True, slots=True, eq=False)
class Relations:
    """Pairs of filters that have a message in common, if their fields share no bits.

    Args:
        first: numbers of filters. second: beside each, the higher number of another. inside: whether the
        first is inside the second. around: whether the second is inside the first; where both hold they are
        equal. meetings: for each pair of boxes in `Meetings`, the place of its filters in these arrays.
        undecided: places of pairs of which it was not found out whether one is inside the other.
    """

    first: Numbers
    second: Numbers
    inside: Flags
    around: Flags
    meetings: Numbers
    undecided: tuple[int, ...]


def relate_filters(frame: Frame, meetings: Meetings) -> Relations:
    """Return how the filters relate whose boxes meet one by one."""
    import numpy as np

    highest = int(frame.ids.max(initial=0)) + 1
    keys = frame.ids[meetings.first] * highest + frame.ids[meetings.second]
    pairs, places = np.unique(keys, return_inverse=True)
    first, second = pairs // highest, pairs % highest
    boxes = np.bincount(frame.ids, minlength=highest)
    sides = []
    candidates: set[int] = set()
    for owner, mine, inside in (
        (first, meetings.first, meetings.inside),
        (second, meetings.second, meetings.around),
    ):
        met = _count_boxes(places, mine, len(frame.ids), len(pairs))
        contained = _count_boxes(places[inside], mine[inside], len(frame.ids), len(pairs))
        several = np.bincount(places, minlength=len(pairs)) > met
        sides.append(contained == boxes[owner])
        candidates.update(np.flatnonzero(several & (met == boxes[owner]) & ~sides[-1]).tolist())
    undecided = []
    for number, place in enumerate(sorted(candidates)):
        if number >= MAX_COVERS or not _decide(frame, sides, place, int(first[place]), int(second[place])):
            undecided.append(place)
    return Relations(first, second, sides[0], sides[1], places, tuple(undecided))


def _count_boxes(places: Numbers, boxes: Numbers, count: int, pairs: int) -> NDArray[np.int64]:
    """Return for each pair of filters how many different boxes are listed for it."""
    import numpy as np

    return np.bincount(list_distinct(places * count + boxes) // max(1, count), minlength=pairs)


def _decide(frame: Frame, sides: list[Flags], place: int, first: int, second: int) -> bool:
    """Find out exactly whether one filter is inside the other; say whether that was possible."""
    for side, (inner, outer) in zip(sides, ((first, second), (second, first)), strict=True):
        if not side[place]:
            covered = _is_covered(frame, inner, outer)
            if covered is None:
                return False
            side[place] = covered
    return True


def _is_covered(frame: Frame, inner: int, outer: int) -> bool | None:
    import numpy as np

    start, end = (int(number) for number in np.searchsorted(frame.ids, (outer, outer + 1)))
    others = frame.boxes.take(np.arange(start, end))
    start, end = (int(number) for number in np.searchsorted(frame.ids, (inner, inner + 1)))
    for box in range(start, end):
        found = find_cover(frame.boxes.lows[:, box], frame.boxes.highs[:, box], others, STEPS_EACH)
        if not found.covered:
            return found.covered
    return True
