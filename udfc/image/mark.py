"""What the allocation maps of an image say is in use.

In: tuples of `used` functions. Out: spans of bytes.
"""

from __future__ import annotations

import numpy as np

from udfc.image.span import Spans, join_spans
from udfc.image.table import Numbers, Words


class Marks:
    """Blocks that are marked, as they come.

    Args:
        most: bytes of the file system; what is marked behind them is padding.

    Attributes:
        asked: whether there is an allocation map at all.
        grain: bytes of the largest unit in which a map speaks: of such a unit, a part is never in use alone.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._starts: list[Numbers] = []
        self._ends: list[Numbers] = []
        self.asked = False
        self.grain = 1

    def add(self, rows: Words, unit: int) -> None:
        """Add rows of start and count, in blocks of `unit` bytes."""
        self.asked = True
        self.grain = max(self.grain, unit)
        limit = np.uint64(-(-self._most // unit))
        start = np.minimum(rows[:, 0], limit)
        count = np.minimum(rows[:, 1], limit - start)
        spans = join_spans(*((each * np.uint64(unit)).astype(np.int64) for each in (start, start + count)))
        self._starts.append(spans.start)
        self._ends.append(np.minimum(spans.end, self._most))

    def freeze(self) -> Spans:
        """Return all that is marked."""
        empty = np.empty(0, dtype=np.int64)
        return join_spans(np.concatenate([empty, *self._starts]), np.concatenate([empty, *self._ends]))
