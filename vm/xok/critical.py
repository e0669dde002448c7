"""Robust critical sections, for libraries: no other code of the environment runs in one, without a lock.

In: an environment's calls. Out: a section between whose ends no other code of the same environment runs,
because the epilogue puts off yielding. There is no lock that a dead environment could hold, and no call on
the way in.

    epilogue outside a section      yields
    epilogue inside one             INTERRUPTED := 1, and goes on; at most 330 ticks, or the kernel aborts
    leaving the outermost one       yields if INTERRUPTED

This is library code beside the kernel, whose part is only to read nothing of it: both words are conventions
between the epilogue and the section.
"""

from __future__ import annotations

from types import TracebackType

from vm.xok.syscalls import SystemCalls


class Critical:
    """A critical section: `with critical: ...`. Sections nest.

    Args:
        sys: of the environment; its epilogue becomes the one that defers.
    """

    def __init__(self, sys: SystemCalls) -> None:
        self._sys = sys
        sys.area.epilogue = self._defer_or_yield

    def __enter__(self) -> Critical:
        self._sys.area.in_critical += 1
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        area = self._sys.area
        area.in_critical -= 1
        if area.interrupted and not area.in_critical:
            area.interrupted = 0
            self._sys.give_way()

    def _defer_or_yield(self) -> None:
        if self._sys.area.in_critical:
            self._sys.area.interrupted = 1
        else:
            self._sys.give_way()
