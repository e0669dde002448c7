"""Which rows of a frame meet, and which of two that meet is inside the other.

In: a frame. Out: pairs of boxes of different filters, side by side in arrays; and where many meet many and
neither can contain the other (hosts beside ports), one entry for all of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dpfc.shapes.frame import Frame
from dpfc.shapes.kinds import sort_kinds
from dpfc.shapes.pairs import iterate_blocks

if TYPE_CHECKING:
    from dpfc.shapes.contain import Flags, Numbers

MAX_PAIRS = 1 << 23
"""Pairs that are looked at one by one: about 80 for each of 100,000 rows."""

_WIDE = 1 << 12
"""A block of more pairs than this is tried as a whole."""


@dataclass(frozen=True, slots=True)
class Wide:
    """Many boxes of one group meet many of another, and no filter of one contains one of the other.

    Args:
        groups: the numbers of both groups.
        pairs: how many pairs there are.
        example: one of them.
    """

    groups: tuple[int, int]
    pairs: int
    example: tuple[int, int]


@dataclass(frozen=True, slots=True, eq=False)
class Meetings:
    """Boxes that meet.

    Args:
        first: boxes of filters with lower numbers.
        second: beside each, one of a filter with a higher number that it meets.
        inside: whether the first is inside the second.
        around: whether the second is inside the first.
        wide: many at once.
        complete: whether these are all; otherwise there are more than MAX_PAIRS.
    """

    first: Numbers
    second: Numbers
    inside: Flags
    around: Flags
    wide: tuple[Wide, ...]
    complete: bool


def find_meetings(frame: Frame, groups: Numbers) -> Meetings:
    """Return which boxes of `frame` meet.

    Args:
        frame: boxes in the order of their filters' numbers.
        groups: for each box, the number of its group; boxes of a group are of one table.
    """
    import numpy as np

    wide: list[Wide] = []
    chunks = [(np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64))]
    left = MAX_PAIRS
    kinds = sort_kinds(frame, groups)
    for is_product, earlier, later in iterate_blocks(frame.boxes, np.searchsorted(frame.ids, frame.ids)):
        for first, second in kinds.split(earlier, later, _WIDE) if is_product else ((earlier, later),):
            size = len(first) * len(second)
            if is_product and size > _WIDE and kinds.are_apart(first, second):
                groups_of = int(groups[first[0]]), int(groups[second[0]])
                wide.append(Wide(groups_of, size, (int(first[0]), int(second[0]))))
                continue
            left -= size if is_product else len(first)
            if left >= 0 and is_product:
                first, second = np.repeat(first, len(second)), np.tile(second, len(first))
            if left >= 0:
                chunks.append((first, second))
        if left < 0:
            break
    first, second = (np.concatenate(column) for column in zip(*chunks, strict=True))
    inside, around = _contains(frame, second, first), _contains(frame, first, second)
    return Meetings(first, second, inside, around, tuple(wide), left >= 0)


def _contains(frame: Frame, outer: Numbers, inner: Numbers) -> Flags:
    import numpy as np

    result = np.ones(len(outer), dtype=np.bool_)
    for low, high in zip(frame.boxes.lows, frame.boxes.highs, strict=True):
        result &= (low[outer] <= low[inner]) & (high[outer] >= high[inner])
    return result
