"""The requests that wait for the drive, in C-LOOK order.

In: requests. Out: the one to serve next: the first at or after where the last one ended, and past the highest
the lowest. Requests that share a block of 4096 bytes keep their order: the later one is held back until the
earlier one is done, so that whatever order suits the arm, the sectors end up as the caller meant.

    held      shares a block with a request that came before it and is not done
    waiting   all others, sorted by first sector; pairwise disjoint
    taken     in the drive
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

_BLOCK_SHIFT = 3
"""A block has 8 sectors."""


@dataclass(slots=True, eq=False)
class Request:
    """A read or a write on its way.

    Args:
        number: counts requests.
        sector, count: what it asks for.
        buffers: where a read goes.
        data: what a write writes; None: a read.
        fua: a write that is done when it is on the medium, cache or not.
        done: to be called then.
        earlier: how many requests hold it back.
        later: requests that it holds back.
    """

    number: int
    sector: int
    count: int
    buffers: Sequence[bytearray | memoryview]
    data: bytes | None
    fua: bool
    done: Callable[[], None]
    earlier: int = 0
    later: list[Request] = field(default_factory=list)

    @property
    def blocks(self) -> range:
        """The blocks of which it has sectors."""
        return range(self.sector >> _BLOCK_SHIFT, (self.sector + self.count - 1 >> _BLOCK_SHIFT) + 1)


class Queue:
    """All requests that are not done."""

    __slots__ = ("_last", "_starts", "_waiting", "unfinished")

    def __init__(self) -> None:
        self.unfinished = 0
        self._starts: list[int] = []
        self._waiting: list[Request] = []
        self._last: dict[int, Request] = {}  # by block, the last request for it that is not done

    def add(self, request: Request) -> None:
        """Put a request in."""
        self.unfinished += 1
        last = self._last
        for block in request.blocks:
            earlier = last.get(block)
            if earlier is not None and (not earlier.later or earlier.later[-1] is not request):
                earlier.later.append(request)
                request.earlier += 1
            last[block] = request
        if not request.earlier:
            self._insert(request)

    def take(self, head: int) -> Request | None:
        """Take out what to serve next; `finish` must follow.

        Args:
            head: the sector after the last one served.

        Returns:
            None: nothing waits.
        """
        if not self._starts:
            return None
        index = bisect_left(self._starts, head)
        if index == len(self._starts):
            index = 0
        del self._starts[index]
        return self._waiting.pop(index)

    def finish(self, request: Request) -> None:
        """A request is done: those that only it held back may go."""
        self.unfinished -= 1
        last = self._last
        for block in request.blocks:
            if last[block] is request:
                del last[block]
        for later in request.later:
            later.earlier -= 1
            if not later.earlier:
                self._insert(later)

    def _insert(self, request: Request) -> None:
        index = bisect_left(self._starts, request.sector)
        self._starts.insert(index, request.sector)
        self._waiting.insert(index, request)
