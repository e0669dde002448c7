"""The requests that wait for the drive, in C-LOOK order.

In: requests. Out: the one to serve next: the first at or after where the last one ended, and past the highest
block the lowest. Requests that overlap keep their order: the later one is held back until the earlier one is
done, so that whatever order the arm prefers, the sectors end up as the caller meant.

    waiting   pairwise disjoint, sorted by first sector
    held      overlaps the active request, one that waits, or one held before it
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass


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
    """

    number: int
    sector: int
    count: int
    buffers: Sequence[bytearray | memoryview]
    data: bytes | None
    fua: bool
    done: Callable[[], None]

    def overlaps(self, other: Request) -> bool:
        """Say whether a sector belongs to both."""
        return self.sector < other.sector + other.count and other.sector < self.sector + self.count


class Queue:
    """The waiting requests."""

    __slots__ = ("_held", "_starts", "_waiting")

    def __init__(self) -> None:
        self._starts: list[int] = []
        self._waiting: list[Request] = []
        self._held: list[Request] = []

    def __len__(self) -> int:
        return len(self._waiting) + len(self._held)

    def add(self, request: Request, active: Request | None) -> None:
        """Put a request in.

        Args:
            request: the new one.
            active: the one in the drive.
        """
        if self._must_wait(request, active, self._held):
            self._held.append(request)
        else:
            self._insert(request)

    def take(self, head: int) -> Request | None:
        """Take out what to serve next, when nothing is in the drive.

        Args:
            head: the sector after the last one served.

        Returns:
            None: nothing waits.
        """
        if self._held:
            self._release()
        if not self._starts:
            return None
        index = bisect_left(self._starts, head)
        if index == len(self._starts):
            index = 0
        del self._starts[index]
        return self._waiting.pop(index)

    def _insert(self, request: Request) -> None:
        index = bisect_left(self._starts, request.sector)
        self._starts.insert(index, request.sector)
        self._waiting.insert(index, request)

    def _must_wait(self, request: Request, active: Request | None, held: Sequence[Request]) -> bool:
        index = bisect_left(self._starts, request.sector)
        beside = self._waiting[max(0, index - 1) : index + 1]  # disjoint, so only the neighbours can overlap
        others = [*beside, *held] if active is None else [active, *beside, *held]
        return any(request.overlaps(other) for other in others)

    def _release(self) -> None:
        """Let those wait that nothing earlier overlaps any more."""
        still: list[Request] = []
        for request in self._held:
            if self._must_wait(request, None, still):
                still.append(request)
            else:
                self._insert(request)
        self._held = still
