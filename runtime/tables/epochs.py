"""Who may still be looking: when memory that readers can see may be used again.

Readers are native code on other threads. They do not wait and are not waited for; they say when they enter
and leave. A writer that takes something away stamps it with `retire`, and uses its memory again only when
every reader that was inside at that moment has left.

    reader A  enter----------------leave
    writer          retire -> 7                 `horizon()` is 7 or less until A has left, then greater than 7
    reader B                 enter------------  began later: it cannot have seen what was taken away
"""

from __future__ import annotations

from threading import Condition, Lock
from typing import NewType

Stamp = NewType("Stamp", int)
"""A moment: larger is later."""

Ticket = NewType("Ticket", int)
"""Names one reader while it is inside."""


class ReaderEpochs:
    """The readers of one or several tables.

    All methods may be called from any thread. Taking the lock is also the barrier that orders a reader's
    loads after its `enter`, and the writer's stores before its `retire`.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._left = Condition(self._lock)
        self._waiting = 0  # who wants to be told that a reader has left
        self._now = Stamp(1)
        self._tickets = 0
        self._inside: dict[Ticket, Stamp] = {}

    def enter(self) -> Ticket:
        """Begin to read: nothing that can be found from now on is used again until `leave`."""
        with self._lock:
            self._tickets += 1
            ticket = Ticket(self._tickets)
            self._inside[ticket] = self._now
            return ticket

    def leave(self, ticket: Ticket) -> None:
        """End what `enter` began."""
        with self._lock:
            del self._inside[ticket]
            if self._waiting:
                self._left.notify_all()

    def reading(self) -> Reading:
        """Read inside the `with` statement."""
        return Reading(self)

    def retire(self) -> Stamp:
        """Return the stamp for what no reader that enters from now on can find."""
        with self._lock:
            stamp = self._now
            self._now = Stamp(stamp + 1)
            return stamp

    def horizon(self) -> Stamp:
        """Return the stamp before which everything retired is out of every reader's sight."""
        with self._lock:
            return self._find_horizon()

    def wait(self, stamp: Stamp, seconds: float) -> bool:
        """Wait until the readers who were inside at `stamp` have left; say whether that came in time."""
        with self._lock:
            self._waiting += 1
            try:
                return self._left.wait_for(lambda: stamp < self._find_horizon(), seconds)
            finally:
                self._waiting -= 1

    def _find_horizon(self) -> Stamp:
        return min(self._inside.values(), default=self._now)


class Reading:
    """A reader, inside the `with` statement; a class, because a generator takes three times as long."""

    __slots__ = ("_epochs", "_ticket")

    def __init__(self, epochs: ReaderEpochs) -> None:
        self._epochs = epochs

    def __enter__(self) -> None:
        self._ticket = self._epochs.enter()

    def __exit__(self, *_: object) -> None:
        self._epochs.leave(self._ticket)
