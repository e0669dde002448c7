"""Pages for buffers: taken from the kernel one by one, or in advance.

In: calls. Out: page numbers. If there is none, clean buffers are given up, and if that is not enough, dirty
ones are written.
"""

from __future__ import annotations

from collections.abc import Callable

from vm.xok.refusal import Code, Refusal
from vm.xok.syscalls import SystemCalls


class Pages:
    """The pages of one file system that hold no block yet.

    Args:
        sys: the kernel.
        give_up: makes clean buffers leave the core.

    Attributes:
        relieve: writes dirty buffers, and waits.
    """

    def __init__(self, sys: SystemCalls, give_up: Callable[[], None]) -> None:
        self._sys = sys
        self._give_up = give_up
        self._stock: list[int] = []
        self.relieve: Callable[[], None] = _nothing

    def reserve(self, count: int) -> None:
        """Get pages ready for blocks that are going to be allocated: then nothing fails, or has to write."""
        while len(self._stock) < count:
            self._stock.append(self._allocate())

    def take(self) -> int:
        """Return a page."""
        return self._stock.pop() if self._stock else self._allocate()

    def give_back(self) -> int:
        """Return to the kernel what is in stock; say how many pages that were."""
        count = len(self._stock)
        if count:
            self._sys.page_return(self._stock)
            self._stock = []
        return count

    def _allocate(self) -> int:
        for attempt in range(2):
            try:
                return self._sys.page_allocate()
            except Refusal as refusal:
                if refusal.code not in (Code.NO_MEMORY, Code.QUOTA):
                    raise
                if attempt:
                    self.relieve()
                self._give_up()
        return self._sys.page_allocate()


def _nothing() -> None:
    """There is nothing to write yet."""
