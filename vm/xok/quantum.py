"""The quantum vector: 128 slots of time, which environments own by number.

In: allocations. Out: who owns which slot, and the time that it has left.

The scheduler goes round the vector. Each time that a slot's turn comes it is given 8 ticks; what is not
used is saved, up to 15. Time that is used beyond is owed: the slot forfeits turns until it is paid. Freeing
a slot pays nothing: what is owed waits for the next slot that its owner, or a relative of that, allocates.
"""

from __future__ import annotations

from bisect import bisect_right, insort

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
        guard: who may free it or give it away.
        left: cycles; below 0: owed.
    """

    __slots__ = ("guard", "left", "owner")

    def __init__(self) -> None:
        self.owner: Environment | None = None
        self.guard: Acl = ()
        self.left = 0


class QuantumVector:
    """All slots.

    Args:
        kernel: owns slot 0.
    """

    __slots__ = ("_occupied", "slots")

    def __init__(self, kernel: Environment) -> None:
        self.slots = [Quantum() for _ in range(QUANTA)]
        self.slots[IDLE].owner = kernel
        self.slots[IDLE].guard = kernel.guard
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
        """Return the first slot without an owner.

        Raises:
            Refusal: QUANTUM_TAKEN: all have one.
        """
        for number, slot in enumerate(self.slots):
            if slot.owner is None:
                return number
        raise Refusal(Code.QUANTUM_TAKEN, f"all {QUANTA} quanta have owners")

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
        slot.owner = environment
        slot.guard = (Capability(guard.name, ALL),)
        top = environment.account.top
        slot.left, top.owed = -top.owed, 0
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
        assert slot.owner is not None, "a slot is freed once"
        slot.owner.quanta.remove(number)
        slot.owner.account.give(Resource.QUANTA)
        slot.owner.account.top.owed += max(0, -slot.left)
        slot.owner = None
        slot.left = 0
        slot.guard = ()
        self._occupied.remove(number)

    def give(self, number: int, environment: Environment) -> None:
        """Hand a slot over, and its charge.

        Raises:
            Refusal: QUOTA.
        """
        slot = self.slots[number]
        assert slot.owner is not None, "a guarded slot has an owner"
        slot.owner.account.give(Resource.QUANTA)
        try:
            environment.account.take_share(Resource.QUANTA, QUANTA - self.occupied)
        except Refusal:
            slot.owner.account.force(Resource.QUANTA)
            raise
        slot.owner.quanta.remove(number)
        slot.owner = environment
        environment.quanta.append(number)

    def refill(self, number: int) -> int:
        """Give a slot whose turn has come its ticks, and return what it has."""
        slot = self.slots[number]
        slot.left = min(slot.left + REFILL, MOST)
        return slot.left
