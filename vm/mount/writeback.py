"""What is in memory reaches the disk within seconds, also when nobody asks for anything.

In: operations, and the lock that is held during each. Out: a thread that syncs while they are in use, as the
update daemon of Unix did. What was written within the last seconds before a crash, and not fsynced, may be
lost.
"""

from __future__ import annotations

import os
import signal
from threading import Event, Lock, Thread
from types import TracebackType

from vm.mount.operations import Operations

INTERVAL = 5.0
"""Seconds between two syncs."""


class Writeback(Thread):
    """The thread; use it in a `with` statement, which raises what went wrong in it.

    Args:
        operations: what is in use.
        lock: held during each operation.
        interval: seconds between two syncs.
    """

    def __init__(self, operations: Operations, lock: Lock, interval: float = INTERVAL) -> None:
        super().__init__(name="writeback", daemon=True)
        self._operations = operations
        self._serving = lock
        self._interval = interval
        self._end = Event()
        self._failure: BaseException | None = None

    def run(self) -> None:
        """Sync now and then, where something was asked since."""
        synced = 0
        while not self._end.wait(self._interval):
            with self._serving:
                if self._operations.answered == synced:
                    continue
                synced = self._operations.answered
                try:
                    self._operations.sync()
                except BaseException as error:  # noqa: BLE001  (raised where the service ends)
                    self._failure = error
                    os.kill(os.getpid(), signal.SIGTERM)  # libfuse, which waits in C, ends the service
                    return

    def __enter__(self) -> Writeback:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end.set()
        self.join()
        if self._failure is not None:
            raise self._failure
