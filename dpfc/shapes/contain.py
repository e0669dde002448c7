"""Which box, first in order, contains a given box: for many boxes at once.

In: boxes and queries as columns of ranks (`dpfc.shapes.frame`). Out: for each query the number of the first
box that contains it, if one does and it is found within a budget. A point is a box too, so this also answers
which rule is the first to match.

A query's lower and upper ends, and how many boxes count for it, are the coordinates of one point; the points
are halved again and again, each time by the coordinate that rules out most boxes. In a part, a box can
contain some query only if it reaches around the nearest ends, and contains all if it reaches around the
farthest: then it answers every query that no earlier box answers. Parts that are small enough are compared
box by box.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Ranks: TypeAlias = NDArray[np.int32]
    Numbers: TypeAlias = NDArray[np.int64]
    Flags: TypeAlias = NDArray[np.bool_]

NONE = -1
UNKNOWN = -2

BUDGET = 1 << 30
"""Boxes that are looked at: about fifteen times what 100,000 rules of a real rule set take."""

_MAX_COMPARED = 1 << 15
"""Queries times boxes that are compared outright: larger parts are cut, smaller ones cost more in calls."""

_SAMPLE = 256
"""Boxes that are looked at to choose where to cut."""


@dataclass(frozen=True, slots=True, eq=False)
class Boxes:
    """Boxes, one column of `lows` and `highs` each.

    Args:
        lows: the lowest rank in each dimension (a row) of each box (a column).
        highs: likewise the highest.
    """

    lows: Ranks
    highs: Ranks

    def __len__(self) -> int:
        return int(self.lows.shape[1])

    def take(self, numbers: Numbers) -> Boxes:
        """Return some of the boxes."""
        return Boxes(self.lows[:, numbers], self.highs[:, numbers])


def find_first_containers(boxes: Boxes, queries: Boxes, limits: Numbers, budget: int = BUDGET) -> Numbers:
    """Return for each query the first of its `boxes` that contains it, NONE or UNKNOWN.

    Args:
        boxes: in order.
        queries: boxes of the same dimensions.
        limits: for each query, how many of the boxes count, from the first.
        budget: how many boxes may be looked at, each time it is; queries without an answer then are UNKNOWN.
    """
    import numpy as np

    found = limits.copy()  # the limit stands for none, and each answer found lowers it
    points = np.concatenate((queries.lows, -queries.highs, limits[None, :].astype(np.int32)))
    reach = np.concatenate((boxes.lows, -boxes.highs, np.arange(1, len(boxes) + 1, dtype=np.int32)[None, :]))
    parts = [(np.arange(len(queries)), np.arange(len(boxes)))] if len(queries) else []
    left = budget
    while parts and left > 0:
        inside, candidates = parts.pop()
        left -= len(candidates) + min(_MAX_COMPARED, len(inside) * len(candidates))
        parts += _answer_part(reach, points, inside, candidates, found)
    answers = np.where(found == limits, NONE, found)
    for inside, _ in parts:
        answers[inside] = UNKNOWN
    return answers


def _answer_part(
    reach: Ranks, points: Ranks, inside: Numbers, candidates: Numbers, found: Numbers
) -> list[tuple[Numbers, Numbers]]:
    """Answer the queries `inside` from `candidates`, or return the parts into which they are to be cut.

    A box contains a query when `reach` is at most the query's point in every dimension.
    """
    import numpy as np

    part = points[:, inside]
    nearest, farthest = part.max(axis=1), part.min(axis=1)
    candidates = candidates[: np.searchsorted(candidates, found[inside].max())]
    for dimension in range(len(points)):
        candidates = candidates[reach[dimension, candidates] <= nearest[dimension]]
    around = (reach[:-1, candidates] <= farthest[:-1, None]).all(axis=0)
    if around.any():
        place = int(around.argmax())
        found[inside] = np.minimum(found[inside], candidates[place])
        candidates = candidates[:place]
    if not len(candidates):
        return []
    if len(inside) * len(candidates) <= _MAX_COMPARED or len(inside) == 1:
        _compare(reach[:, candidates], part, inside, candidates, found)
        return []
    dimension, where = choose_cut(reach, part, candidates)
    below = part[dimension] <= where
    return [(inside[below], candidates), (inside[~below], candidates)]


def _compare(reach: Ranks, part: Ranks, inside: Numbers, candidates: Numbers, found: Numbers) -> None:
    import numpy as np

    contains = np.ones((part.shape[1], len(candidates)), dtype=np.bool_)
    for low, point in zip(reach, part, strict=True):
        contains &= low[None, :] <= point[:, None]
    first = contains.argmax(axis=1)
    hit = contains[np.arange(len(inside)), first]
    found[inside] = np.where(hit, np.minimum(found[inside], candidates[first]), found[inside])


def choose_cut(reach: Ranks, part: Ranks, candidates: Numbers) -> tuple[int, int]:
    """Return the dimension and place that rule out most boxes for the points up to there."""
    import numpy as np

    sample = reach[:, candidates[:: len(candidates) // _SAMPLE + 1]]
    ordered = np.sort(part, axis=1)
    middle = ordered[:, (ordered.shape[1] - 1) // 2]
    below = np.where(middle == ordered[:, -1], ordered[:, 0], middle)  # both parts must have points
    useful = below < ordered[:, -1]
    ruled_out = (sample > below[:, None]).sum(axis=1) * (part <= below[:, None]).sum(axis=1)
    dimension = int(np.where(useful, ruled_out, -1).argmax())
    return dimension, int(below[dimension])
