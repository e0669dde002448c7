"""Whose turn is next: once round the quantum vector; and what to do when it is nobody's.

In: the slot whose turn it was. Out: the next slot, and who runs in it: its owner, or, while that waits for
the answer to a call, the one that has to answer. If nobody can run, time goes on to the next event or alarm.
"""

from __future__ import annotations

from vm.machine.clock import Clock
from vm.xok.environment import Environment
from vm.xok.limits import DONATIONS
from vm.xok.quantum import IDLE, QuantumVector


class Chooser:
    """Chooses.

    Args:
        clock: the machine's.
        vector: who owns which time.

    Attributes:
        host: the environment that home acts as.
        asleep: those with alarms.
    """

    __slots__ = ("_clock", "_vector", "asleep", "host")

    def __init__(self, clock: Clock, vector: QuantumVector) -> None:
        self._clock = clock
        self._vector = vector
        self.host: Environment | None = None
        self.asleep: dict[Environment, None] = {}

    def can_run(self, environment: Environment) -> bool:
        """Whether the environment could go on now; home can as one at a time."""
        context = environment.program
        if context is None or (context.is_home and environment is not self.host):
            return False
        ready = environment.ready
        return ready is None or environment.has_upcall or ready()

    def next_turn(self, after: int) -> tuple[int, Environment] | None:
        """Return the next slot and who runs in it; None: nobody can, and nothing will happen."""
        while True:
            host = self.host
            if host is not None and not host.alive:
                return IDLE, host  # home has to hear of it
            owing: list[int] = []
            for number in self._vector.turns(after):
                if self._vector.refill(number) <= 0:
                    owing.append(number)
                    continue
                environment = self._occupant(number)
                if environment is not None:
                    return number, environment
            # Where only those who owe time want it, they pay by going round; otherwise nobody wants it.
            if not any(self._occupant(number) for number in owing) and not self._idle():
                return None

    def _occupant(self, number: int) -> Environment | None:
        """Return who can run in a slot."""
        environment = self._vector.slots[number].owner
        assert environment is not None, "turns come to owners"
        for _ in range(DONATIONS):
            if environment.ready is not None:
                self._clock.advance(environment.ready_cycles)
                self._vector.use(number, environment.ready_cycles)
            if self.can_run(environment):
                return environment
            if environment.calling is None:
                return None
            environment = environment.calling
        return None

    def _idle(self) -> bool:
        """Go on to the next time at which something happens."""
        clock = self._clock
        now = clock.now
        alarms = [time for environment in self.asleep for time in environment.alarms if time > now]
        first, event = min(alarms, default=None), clock.next_at
        if first is None or (event is not None and event <= first):
            return clock.run_next()
        clock.advance(first - now)
        return True
