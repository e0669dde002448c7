"""Sorted spans of bytes: what many extents cover, and what an allocation map says.

In: starts and ends. Out: the same, sorted, and joined where they meet.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from udfc.image.table import Mask, Numbers


@dataclass(frozen=True, slots=True)
class Spans:
    """Bytes `start` ... `end - 1` of an image, many times: ascending, and not touching each other."""

    start: Numbers
    end: Numbers

    def __len__(self) -> int:
        return len(self.start)

    def mask(self, unit: int, count: int) -> Mask:
        """Return for each of `count` blocks of `unit` bytes whether all of it is covered."""
        first = np.minimum(-(-self.start // unit), count)
        last = np.maximum(np.minimum(self.end // unit, count), first)
        steps = np.zeros(count + 1, dtype=np.int32)
        np.add.at(steps, first, 1)
        np.add.at(steps, last, -1)
        covered: Mask = np.cumsum(steps[:count]) > 0
        return covered


def join_spans(start: Numbers, end: Numbers) -> Spans:
    """Return what the spans cover together; empty ones cover nothing."""
    full = end > start
    start, end = start[full], end[full]
    if not len(start):
        return Spans(start, end)
    if (np.diff(start) < 0).any():
        order = np.argsort(start, kind="stable")
        start, end = start[order], end[order]
    reach = np.maximum.accumulate(end)
    first = np.concatenate(([True], start[1:] > reach[:-1]))
    last = np.concatenate((first[1:], [True]))
    return Spans(start[first], reach[last])
