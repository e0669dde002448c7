"""Upcalls: the kernel enters a library at the entry points in its u-area.

In: what is due (flags of the environment). Out: the entry has run, in the environment's context, inside the
system call at which it was noticed. What an entry raises is a fault of its environment, which ends.

    epilogue      the slice is over: it has to yield
    prologue      a slice has begun               } not while one of the next four runs,
    revocation    pages are wanted back           } unless the library allows it (`Control.allow`),
    repossession  pages were taken                } and not while a call waits in the kernel
    service       a synchronous call has come     }
    message       an asynchronous call has come   }
"""

from __future__ import annotations

from collections.abc import Callable
from types import TracebackType
from typing import TypeVar

from vm.machine import costs
from vm.xok.environment import Environment
from vm.xok.scheduler import Scheduler

T = TypeVar("T")


class Fault:
    """Keeps what library code raises, so that it ends its environment and nothing else."""

    def __init__(self) -> None:
        self.error: Exception | SystemExit | None = None

    def __enter__(self) -> Fault:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        if isinstance(error, Exception | SystemExit):
            self.error = error
            return True
        return False


class Upcalls:
    """Enters entry points.

    Args:
        scheduler: knows who runs.
        destroy: ends an environment, because of an error.

    Attributes:
        serve: answers the call that has come by this entry (0: synchronous); set by `Control`.
    """

    def __init__(
        self, scheduler: Scheduler, destroy: Callable[[Environment, BaseException | None], None]
    ) -> None:
        self._scheduler = scheduler
        self._destroy = destroy
        self.serve: Callable[[Environment, int], None]

    def deliver(self, environment: Environment) -> None:
        """Enter whatever is due."""
        if environment.starting and not environment.masked:
            environment.starting = False
            self._enter_optional(environment, environment.area.prologue)
        while environment.has_upcall:
            environment.masked = True
            self._deliver_one(environment)
            environment.masked = False

    def epilogue(self, environment: Environment) -> None:
        """Tell the library that its slice is over."""
        self._enter_optional(environment, environment.area.epilogue)
        self.deliver(environment)

    def enter(self, environment: Environment, entry: Callable[..., T], *arguments: object) -> T:
        """Call an entry point; what the environment waits for, it waits for again afterwards."""
        scheduler = self._scheduler
        scheduler.clock.advance(costs.UPCALL)
        with Fault() as fault:
            result = entry(*arguments)
        if fault.error is not None and environment.alive:
            self._destroy(environment, fault.error)
        if scheduler.current is not environment and environment.alive:
            scheduler.act_as(environment)  # home has acted as another meanwhile
        if not environment.alive:
            scheduler.stop(environment)
        return result

    def _deliver_one(self, environment: Environment) -> None:
        area = environment.area
        if environment.revoked:
            environment.revoked = False
            self._enter_optional(environment, area.revocation)
        elif environment.repossessed:
            environment.repossessed = False
            self._enter_optional(environment, area.repossession)
        else:
            self.serve(environment, 0 if environment.transfers[0] is not None else 1)

    def _enter_optional(self, environment: Environment, entry: Callable[[], None] | None) -> None:
        if entry is not None:
            self.enter(environment, entry)
