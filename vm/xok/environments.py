"""The table of environments: creating, finding, and ending them.

In: who creates, and with which rights. Out: a record in a table of 1024, of which number 0 is the kernel's
own: it owns the pages and slots that nobody else does. A number is never used again: what is above the
slot's number counts how often the slot was used.

An environment that ends gives everything back; its children live on, and stay charged to its account.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from vm.xok.account import Account, Resource
from vm.xok.capability import ROOT, Acl, Capability
from vm.xok.environment import Environment, EnvironmentId
from vm.xok.limits import ENVIRONMENTS, FAILURES, GENERATIONS
from vm.xok.refusal import Code, Refusal


@dataclass(frozen=True, slots=True)
class EnvironmentInfo:
    """What everybody may know of an environment.

    Args:
        id, parent: numbers; the parent may have ended.
        state: "new" (no program), "ready", or "asleep".
        cycles: that it has run.
        pages, buffers: how many it has.
        quanta: its slots of the quantum vector.
    """

    id: EnvironmentId
    parent: EnvironmentId | None
    state: str
    cycles: int
    pages: int
    buffers: int
    quanta: tuple[int, ...]


class Environments:
    """The table.

    Args:
        limits: of an account that the kernel makes.
        most: how many the machine's memory has room for, guaranteed pages considered.

    Attributes:
        kernel: environment 0.
        on_destroy: told of each environment that ends, before its pages are taken.
        failures: the last ends by an error: who, and why.
        deaths: how many have ended.
    """

    def __init__(self, limits: list[int], most: int) -> None:
        self._limits = limits
        self._most = min(most, ENVIRONMENTS)
        unlimited = Account([1 << 62] * len(Resource))
        self.kernel = Environment(EnvironmentId(0), ROOT, (ROOT,), unlimited)
        self._table: dict[int, Environment] = {0: self.kernel}
        self._free = list(range(ENVIRONMENTS - 1, 0, -1))
        self._next = [EnvironmentId(number) for number in range(ENVIRONMENTS)]
        self.on_destroy: list[Callable[[Environment], None]] = []
        self.failures: deque[tuple[EnvironmentId, BaseException]] = deque(maxlen=FAILURES)
        self.deaths = 0

    def __len__(self) -> int:
        return len(self._table)

    def all(self) -> tuple[Environment, ...]:
        """Return all that are alive, the kernel's first."""
        return tuple(self._table.values())

    def get(self, identity: int) -> Environment | None:
        """Return the environment of this number if it is alive."""
        return self._table.get(identity)

    def find(self, identity: object) -> Environment:
        """Return the environment that a library named.

        Raises:
            Refusal: BAD_ARGUMENT or NO_SUCH_ENVIRONMENT.
        """
        if type(identity) is not int:
            raise Refusal(Code.BAD_ARGUMENT, "an environment is a number")
        environment = self._table.get(identity)
        if environment is None or environment is self.kernel:
            raise Refusal(Code.NO_SUCH_ENVIRONMENT, f"there is no environment {identity}")
        return environment

    def create(
        self,
        first: Capability,
        guard: Acl,
        parent: Environment | None = None,
        limits: list[int] | None = None,
    ) -> Environment:
        """Make an environment, charged to its parent.

        Args:
            first: all permissions; checked.
            guard: who may act on it.
            parent: None: the kernel.
            limits: None: the parent's.

        Raises:
            Refusal: TABLE_FULL or QUOTA.
        """
        if len(self._table) >= self._most:
            raise Refusal(Code.TABLE_FULL, f"{self._most} environments are alive, the kernel's among them")
        if parent is None:
            account = Account(limits or self._limits)
        else:
            if parent.account.generation + 1 >= GENERATIONS:
                raise Refusal(Code.QUOTA, f"limit of {GENERATIONS} generations reached")
            account = Account(limits or parent.account.limits, parent.account)
            account.limits[Resource.CHILDREN] += 1  # itself: so it stays charged when its parent ends
            account.take_share(Resource.CHILDREN, self._most - len(self._table))
        slot = self._free.pop()
        environment = Environment(self._next[slot], first, guard, account, parent)
        self._table[environment.id] = environment
        return environment

    def remove(self, environment: Environment, error: BaseException | None) -> None:
        """Take an environment out of the table; what it has must have been given back."""
        del self._table[environment.id]
        slot = environment.id % ENVIRONMENTS
        self._next[slot] = EnvironmentId(environment.id + ENVIRONMENTS)
        self._free.append(slot)
        self.deaths += 1
        environment.failure = error
        if error is not None:
            self.failures.append((environment.id, error))


def describe(environment: Environment) -> EnvironmentInfo:
    """Return what everybody may know."""
    state = "new" if environment.program is None else "ready" if environment.ready is None else "asleep"
    return EnvironmentInfo(
        environment.id,
        None if environment.parent is None else environment.parent.id,
        state,
        environment.cycles,
        len(environment.pages),
        len(environment.buffers),
        tuple(environment.quanta),
    )
