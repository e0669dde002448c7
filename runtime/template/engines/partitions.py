"""Ask about many partitions of an object: in one loop of native code, or one partition after another.

In: functions ready to be asked. Out: a `Collector`; both kinds answer alike.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol, TypeAlias

import numpy as np

from runtime import limits
from runtime.diagnostic import Diagnostic, Refused
from runtime.template.engines.calls import Caller, Memories, NativeCaller, Tuples
from runtime.template.engines.loops import PartitionLoop
from runtime.template.nodes import META

Columns: TypeAlias = Mapping[str, tuple[Sequence[int], Sequence[int]]]
"""Of each region, by name, the addresses and lengths of many objects."""


class Collector(Protocol):
    """`owns` or `used`, about many partitions."""

    def collect(self, memories: Memories, first: int, count: int | None) -> Tuples:
        """Return what `count` partitions (None: all) from `first` on emit; those beyond the last, nothing."""


class LoopCollector:
    """Asks native code that has the loop inside.

    Args:
        loop: what `caller` runs.
        caller: takes the first partition and how many.
        counter: how many partitions there are; rarely asked.
    """

    def __init__(self, loop: PartitionLoop, caller: NativeCaller, counter: Caller) -> None:
        self._chunk, self._whole = loop.chunk, loop.whole
        self._caller, self._counter = caller, counter

    def collect(self, memories: Memories, first: int, count: int | None) -> Tuples:
        """Return what partitions emit: in one call where no object can need more."""
        chunk = self._chunk
        if count is None and self._whole:
            count = chunk
        if count is None or count > chunk:
            count = _count_rest(self._counter, memories, first, count)
        if count <= chunk:
            return self._caller.collect(memories, (first, count))
        starts = range(0, count, chunk)
        return np.concatenate(
            [self._caller.collect(memories, (first + at, min(chunk, count - at))) for at in starts]
        )

    def collect_each(self, columns: Columns) -> tuple[Tuples, list[int]] | None:
        """Return what all partitions of many objects emit, None where one call may not be enough."""
        return self._caller.collect_each(columns, (0, self._chunk)) if self._whole else None


class EachCollector:
    """Asks about one partition after another.

    Args:
        caller: takes the number of a partition.
        counter: how many partitions there are.
        width: numbers in a tuple.
    """

    def __init__(self, caller: Caller, counter: Caller, width: int) -> None:
        self._caller, self._counter, self._width = caller, counter, width

    def collect(self, memories: Memories, first: int, count: int | None) -> Tuples:
        """Return what partitions emit."""
        count = _count_rest(self._counter, memories, first, count)
        if not count:
            return np.empty((0, self._width), dtype=np.uint64)
        return np.concatenate([self._caller.collect(memories, (first + at,)) for at in range(count)])


def _count_rest(counter: Caller, memories: Memories, first: int, count: int | None) -> int:
    """Return how many partitions there are from `first` on, at most `count`.

    Raises:
        Refused: TPL041, when all of far more partitions than bits are meant.
    """
    length = len(memories[META])
    rest = max(0, counter.answer(memories, (length,)) - first)
    if count is None and rest > limits.MAX_PARTITIONS + 8 * length:
        message = f"an object of {length} bytes has {rest} partitions, too many to be asked one by one"
        raise Refused(Diagnostic("TPL041", message, notes=("ask about some of them at a time",)))
    return rest if count is None else min(rest, count)
