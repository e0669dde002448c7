"""How a system call enters the kernel.

In: the environment whose library calls. Out: the same, current and charged; what has fallen due meanwhile
(upcalls, the end of the slice) has been done. From there on, until the call returns or waits, nobody else
runs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vm.xok.environment import Environment

if TYPE_CHECKING:
    from vm.xok.kernel import Kernel


class Entry:
    """The door.

    Args:
        kernel: behind it.
        environment: in front of it.
    """

    __slots__ = ("_clock", "_environment", "_kernel", "_scheduler")

    def __init__(self, kernel: Kernel, environment: Environment) -> None:
        self._kernel = kernel
        self._environment = environment
        self._scheduler = kernel.scheduler
        self._clock = kernel.clock

    def _enter(self, cycles: int) -> Environment:
        """Begin a call; every method begins with this.

        Raises:
            Refusal: NO_SUCH_ENVIRONMENT or NOT_CURRENT.
        """
        environment = self._environment
        scheduler = self._scheduler
        if scheduler.current is not environment:
            scheduler.admit(environment)
        clock = self._clock
        clock.advance(cycles)
        if clock.now >= scheduler.interrupt_at:
            scheduler.interrupt()
        return environment
