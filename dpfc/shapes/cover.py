"""Whether boxes together cover a box: a proof, or a point that none of them has, or no answer in the budget.

In: a box and others, as columns of ranks (`dpfc.shapes.frame`). Out: what was found. The box is cut along the
faces of the other that has most of it; what sticks out is looked at in the same way, until a piece meets
none, which makes it a witness.

    +------------+      e has the right part; the pieces left of it and below it are looked at next
    |   +--------+-+
    |   |   e    | |
    +---+--------+ |
    |            +-+
    +------------+
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dpfc.shapes.contain import Boxes, Flags, Ranks


@dataclass(frozen=True, slots=True, eq=False)
class Cover:
    """What is known of a box.

    Args:
        covered: whether the others cover it; None where the budget did not suffice.
        used: which of the others it takes, in order, where they cover it.
        point: a point of it that none of the others has, where they do not.
        steps: how many pieces were looked at.
    """

    covered: bool | None
    used: tuple[int, ...]
    point: Ranks | None
    steps: int


def find_cover(low: Ranks, high: Ranks, others: Boxes, budget: int) -> Cover:
    """Say whether `others` cover the box from `low` to `high`, looking at no more than `budget` pieces."""
    import numpy as np

    pieces = [(low, high, np.arange(len(others)))]
    used: set[int] = set()
    steps = 0
    while pieces:
        if steps == budget:
            return Cover(None, (), None, steps)
        steps += 1
        low, high, numbers = pieces.pop()
        meeting = others.take(numbers)
        meets = (meeting.lows <= high[:, None]) & (meeting.highs >= low[:, None])
        numbers = numbers[meets.all(axis=0)]
        if not len(numbers):
            return Cover(False, (), low, steps)
        meeting = others.take(numbers)
        lows, highs = np.maximum(meeting.lows, low[:, None]), np.minimum(meeting.highs, high[:, None])
        best = int(np.log(highs - lows + 1.0).sum(axis=0).argmax())
        used.add(int(numbers[best]))
        sticks_out = (lows > low[:, None]) | (highs < high[:, None])
        inner_low, inner_high = lows[:, best], highs[:, best]
        for dimension in _list_dimensions(sticks_out, best):
            if low[dimension] < inner_low[dimension]:
                pieces.append((low, _replace(high, dimension, inner_low[dimension] - 1), numbers))
                low = _replace(low, dimension, inner_low[dimension])
            if inner_high[dimension] < high[dimension]:
                pieces.append((_replace(low, dimension, inner_high[dimension] + 1), high, numbers))
                high = _replace(high, dimension, inner_high[dimension])
    return Cover(True, tuple(sorted(used)), None, steps)


def _list_dimensions(sticks_out: Flags, best: int) -> list[int]:
    """Return the dimensions in which the piece sticks out of `best`; first where it sticks out of most."""
    dimensions = [dimension for dimension, out in enumerate(sticks_out[:, best]) if out]
    return sorted(dimensions, key=lambda dimension: -int(sticks_out[dimension].sum()))


def _replace(ends: Ranks, dimension: int, rank: int) -> Ranks:
    changed = ends.copy()
    changed[dimension] = rank
    return changed
