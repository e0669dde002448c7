"""Virtual time in cycles, and what happens at which time.

In: times and actions. Out: the actions are run, each when it falls due; at equal times in the order in which
they were scheduled. Nothing here knows the host's time, so the same run gives the same times everywhere.

An action is an interrupt: it may take time itself (call `advance`), and whoever it interrupts then ends so
much later. An action that falls due while another one runs waits for it, as an interrupt that is masked
does.
"""

from __future__ import annotations

from collections.abc import Callable
from heapq import heappop, heappush

_NEVER = 1 << 80


class Clock:
    """The time since the machine was switched on.

    Attributes:
        now: in cycles.
    """

    __slots__ = ("_due", "_events", "_in_action", "_scheduled", "now")

    def __init__(self) -> None:
        self.now = 0
        self._due = _NEVER  # when the first event is due; _NEVER too while an action runs
        self._in_action = False
        self._scheduled = 0
        self._events: list[tuple[int, int, Callable[[], None]]] = []

    @property
    def next_at(self) -> int | None:
        """When the next event is due; None: nothing is scheduled."""
        return self._events[0][0] if self._events else None

    def schedule(self, when: int, action: Callable[[], None]) -> None:
        """Have `action` run at `when`, or as soon as time passes should that be over already."""
        self._scheduled += 1
        heappush(self._events, (when, self._scheduled, action))
        if not self._in_action:
            self._due = self._events[0][0]

    def advance(self, cycles: int) -> None:
        """Let time pass: whoever runs has computed for so long."""
        end = self.now + cycles
        if end < self._due:
            self.now = end
            return
        while self._due <= end:
            begin = max(self.now, self._due)
            self._run_first(begin)
            end += self.now - begin
        self.now = end

    def run_next(self) -> bool:
        """Go to the next event and run it: nobody has anything else to do.

        Returns:
            False: nothing is scheduled.
        """
        if not self._events or self._in_action:
            return False
        self._run_first(max(self.now, self._due))
        return True

    def _run_first(self, begin: int) -> None:
        _, _, action = heappop(self._events)
        self.now = begin
        self._due = _NEVER
        self._in_action = True
        try:
            action()
        finally:
            self._in_action = False
            self._due = self._events[0][0] if self._events else _NEVER
