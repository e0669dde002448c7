"""The quantum vector: 128 slots of time, which environments own by number.

In: allocations. Out: who owns which slot, and the time that it has left.

The scheduler goes round the vector. Each time that a slot's turn comes it is given 8 ticks; what is not
used is saved, up to 15. Time that is used beyond is owed, by the owner and all that are charged to the same
account at the top: their slots forfeit turns until it is paid. So freeing a slot, giving it away, or ending
pays nothing, and what a family uses together is what its slots give.

A slot that is given to another environment stays charged to who took it, and ends with it.
"""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Callable

from vm.machine import costs
from vm.xok.account import Resource
from vm.xok.capability import ALL, WRITE, Acl, Capability, demand
from vm.xok.environment import Environment
from vm.xok.limits import MOST_TICKS, QUANTA, QUANTUM_TICKS
from vm.xok.refusal import Code, Refusal

REFILL = QUANTUM_TICKS * costs.TICK
MOST = MOST_TICKS * costs.TICK
IDLE = 0  # the kernel's slot


class Quantum:
    """A slot.

    Attributes:
        owner: whom it runs; None: it is free.
        payer: to whom it is charged.
        guard: who may free it or give it away.
        left: cycles that it has saved up, and those of its turn.
    """

    __slots__ = ("guard", "left", "owner", "payer")

    def __init__(self) -> None:
        self.owner: Environment | None = None
        self.payer: Environment | None = None
        self.guard: Acl = ()
        self.left = 0


class QuantumVector:
    """All slots.

    Args:
        kernel: owns slot 0.

    Attributes:
        leaving: told of a slot that its owner is about to lose.
    """

    __slots__ = ("_occupied", "leaving", "slots")

    def __init__(self, kernel: Environment) -> None:
        self.slots = [Quantum() for _ in range(QUANTA)]
        self.slots[IDLE].owner = kernel
        self.slots[IDLE].guard = kernel.guard
        self.leaving: Callable[[int], None]
        self._occupied: list[int] = []  # numbers of the others that have an owner, in order

    @property
    def occupied(self) -> int:
        """How many slots have an owner, the kernel's not counted."""
        return len(self._occupied)

    def turns(self, after: int) -> list[int]:
        """Return the occupied slots in the order in which their turns come after slot `after`."""
        first = bisect_right(self._occupied, after)
        return self._occupied[first:] + self._occupied[:first]

    def lowest_free(self) -> int:
        """Return the first slot without an owner: there is one, for nobody may have as many as are left."""
        return next(number for number, slot in enumerate(self.slots) if slot.owner is None)

    def find(self, number: object) -> int:
        """Check a number that a library passed.

        Raises:
            Refusal: BAD_ARGUMENT or NO_SUCH_QUANTUM.
        """
        if type(number) is not int:
            raise Refusal(Code.BAD_ARGUMENT, "a quantum is a number")
        if not 0 <= number < QUANTA:
            raise Refusal(Code.NO_SUCH_QUANTUM, f"quanta are 0 to {QUANTA - 1}")
        return number

    def allocate(self, environment: Environment, number: object, guard: Capability) -> None:
        """Give a free slot to `environment`; who holds `guard` may take it away again.

        Raises:
            Refusal: BAD_ARGUMENT, NO_SUCH_QUANTUM, QUANTUM_TAKEN, or QUOTA.
        """
        number = self.find(number)
        slot = self.slots[number]
        if slot.owner is not None:
            raise Refusal(Code.QUANTUM_TAKEN, f"quantum {number} is environment {slot.owner.id}'s")
        environment.account.take_share(Resource.QUANTA, QUANTA - 1 - self.occupied)
        slot.owner = slot.payer = environment
        slot.guard = (Capability(guard.name, ALL),)
        insort(self._occupied, number)
        environment.quanta.append(number)

    def guarded(self, number: object, capability: Capability) -> int:
        """Check that `capability` may dispose of a slot that has an owner.

        Raises:
            Refusal: BAD_ARGUMENT, NO_SUCH_QUANTUM, or ACCESS_DENIED.
        """
        number = self.find(number)
        demand(self.slots[number].guard, capability, WRITE)
        return number

    def free(self, number: int) -> None:
        """Take a slot from its owner."""
        slot = self.slots[number]
        self._leave(number, slot)
        assert slot.payer is not None, "somebody took it"
        slot.payer.account.give(Resource.QUANTA)
        slot.owner = slot.payer = None
        slot.guard = ()
        slot.left = 0
        self._occupied.remove(number)

    def give(self, number: int, environment: Environment) -> None:
        """Hand a slot, but not the charge, to `environment`."""
        slot = self.slots[number]
        self._leave(number, slot)
        slot.owner = environment
        environment.quanta.append(number)

    def drop(self, environment: Environment) -> None:
        """Free all slots that an environment which ends has, or has given away."""
        for number in tuple(self._occupied):
            if environment in (self.slots[number].owner, self.slots[number].payer):
                self.free(number)

    def refill(self, number: int) -> int:
        """Give a slot whose turn has come its ticks, pay what is owed, and return what it has."""
        slot = self.slots[number]
        assert slot.owner is not None, "turns come to owners"
        account = slot.owner.account.top
        left = min(slot.left + REFILL, MOST)
        paid = min(left, account.owed)
        account.owed -= paid
        slot.left = left - paid
        return slot.left

    def use(self, number: int, cycles: int) -> None:
        """Count time to a slot; what it does not have, its owner owes."""
        slot = self.slots[number]
        slot.left -= cycles
        if slot.left < 0:
            if slot.owner is not None and number != IDLE:
                slot.owner.account.top.owed -= slot.left
            slot.left = 0

    def _leave(self, number: int, slot: Quantum) -> None:
        """Part a slot from its owner."""
        self.leaving(number)
        assert slot.owner is not None, "the slot is in use"
        slot.owner.quanta.remove(number)
