"""All pairs of boxes that meet, without comparing all pairs.

In: boxes as columns of ranks (`dpfc.shapes.frame`). Out: blocks, a few boxes beside a few others: everything
in a block meets. Where boxes meet because neither looks at what the other looks at, blocks are large, and
cost no more than small ones.

Box a meets box b when a begins before b ends, and ends after b begins, in every dimension: the ends of b are
a point, and a reaches around it or not. Points are halved as in `dpfc.shapes.contain`; an a that reaches
around all points of a part is in a block with them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from dpfc.shapes.contain import Boxes, choose_cut

if TYPE_CHECKING:
    from dpfc.shapes.contain import Numbers, Ranks

_MAX_COMPARED = 1 << 15


def iterate_blocks(boxes: Boxes, limits: Numbers) -> Iterator[tuple[bool, Numbers, Numbers]]:
    """Yield (product, earlier, later) for all pairs of boxes that meet, each pair once.

    Args:
        boxes: in order.
        limits: for each box, how many of the boxes count as earlier, from the first.

    Yields:
        Numbers of boxes: where `product` holds, each earlier one meets each later one; otherwise they are
        pairs, side by side.
    """
    import numpy as np

    points = np.concatenate((boxes.highs, -boxes.lows, limits[None, :].astype(np.int32)))
    reach = np.concatenate((boxes.lows, -boxes.highs, np.arange(1, len(boxes) + 1, dtype=np.int32)[None, :]))
    numbers = np.arange(len(boxes))
    parts = [(numbers[limits > 0], numbers)]
    while parts:
        later, earlier = parts.pop()
        if not len(later):
            continue
        part = points[:, later]
        nearest, farthest = part.max(axis=1), part.min(axis=1)
        earlier = earlier[: nearest[-1]]
        for dimension in range(len(points)):
            earlier = earlier[reach[dimension, earlier] <= nearest[dimension]]
        around = (reach[:, earlier] <= farthest[:, None]).all(axis=0)
        if around.any():
            yield True, earlier[around], later
            earlier = earlier[~around]
        if len(later) * len(earlier) <= _MAX_COMPARED:
            yield False, *_compare(reach[:, earlier], part, earlier, later)
            continue
        dimension, where = choose_cut(reach, part, earlier)
        below = part[dimension] <= where
        parts += [(later[below], earlier), (later[~below], earlier)]


def _compare(reach: Ranks, part: Ranks, earlier: Numbers, later: Numbers) -> tuple[Numbers, Numbers]:
    import numpy as np

    meets = np.ones((len(earlier), len(later)), dtype=np.bool_)
    for low, point in zip(reach, part, strict=True):
        meets &= low[:, None] <= point[None, :]
    first, second = np.nonzero(meets)
    return earlier[first], later[second]
