"""The scheduler: until when an environment runs, and how the processor changes hands.

In: time that passes at system calls, calls that give time away. Out: the environment whose code runs.
Contexts switch to each other directly (`vm.xok.context`), always in `_switch`.

    ready --its slot's turn--> running --slice over, no epilogue-------------------------> ready
                                  |----- slice over --> told to yield --yields-----------> ready
                                  |                          +--- 330 ticks pass --------> dead
                                  |----- sleep ------> asleep --predicate true, upcall---> ready
                                  +----- yield, call, send: the rest of the slice is somebody else's

Time is counted in cycles, so nobody gains by stopping just before a tick. What is used beyond a slice is
owed. While an environment waits for the answer to a call, its slots run the one that has to answer.
Code that acts as an environment without being its program (home) runs whenever it calls; it has the
kernel's slot where it owns none.
"""

from __future__ import annotations

from collections.abc import Callable

from vm.machine import costs
from vm.machine.clock import Clock
from vm.xok.choose import Chooser
from vm.xok.context import Context, Stopped
from vm.xok.environment import Environment
from vm.xok.limits import ABORT_TICKS
from vm.xok.quantum import IDLE, REFILL, QuantumVector
from vm.xok.refusal import Code, Refusal

ABORT = ABORT_TICKS * costs.TICK


class Scheduler:
    """Who runs.

    Args:
        clock: the machine's.
        vector: who owns which time.

    Attributes:
        current: whose code runs; None: nobody's.
        interrupt_at: when `interrupt` has to be called by the current environment's next system call.
        home: where code runs that acts as environments.
        upcalls: enters the upcalls that are due; `epilogue`: enters that one; `abort`: ends an environment.
    """

    def __init__(self, clock: Clock, vector: QuantumVector) -> None:
        self.clock = clock
        self.vector = vector
        self.current: Environment | None = None
        self.interrupt_at = 0
        self.home: Context | None = None
        self.upcalls: Callable[[Environment], None]
        self.epilogue: Callable[[Environment], None]
        self.abort: Callable[[Environment], None]
        self._chooser = Chooser(clock, vector)
        self._slot: int | None = IDLE  # None: it was taken away while it was used
        self._slice_end = 0
        self._began = 0  # since when the current environment's time has not been counted
        self._last: Environment | None = None  # whose mappings the processor has
        self._stuck = False  # home is told that nobody can run
        vector.leaving = self._lose

    @property
    def host(self) -> Environment | None:
        """The environment that home acts as."""
        return self._chooser.host

    # ---- what system calls use

    def admit(self, environment: Environment) -> None:
        """Let home act as `environment`, which is not current.

        Raises:
            Refusal: NO_SUCH_ENVIRONMENT or NOT_CURRENT.
        """
        context = environment.program
        if not environment.alive:
            raise Refusal(Code.NO_SUCH_ENVIRONMENT, f"environment {environment.id} has ended")
        if context is None or not context.is_home or not context.is_here:
            raise Refusal(Code.NOT_CURRENT, f"environment {environment.id} does not run")
        self.act_as(environment)
        self.resumed(environment)

    def act_as(self, environment: Environment) -> None:
        """Make one of home's environments the current one."""
        self._settle()
        self._chooser.host = environment
        slots = self.vector.slots
        slot = next((number for number in environment.quanta if slots[number].left > 0), None)
        if slot is not None:
            self._start(slot, environment)
        elif environment.quanta:
            self.dispatch()
        else:
            self._start(IDLE, environment)

    def interrupt(self) -> None:
        """Do what has fallen due: enter upcalls, end the slice."""
        environment = self.current
        assert environment is not None, "somebody makes the call that is interrupted"
        self._rearm(environment)
        self.upcalls(environment)
        if self.clock.now < self.interrupt_at:
            return
        if environment.yield_by is not None:
            self.abort(environment)
        elif environment.area.epilogue is None:
            self.dispatch()
            self.resumed(environment)
        else:
            environment.yield_by = self._slice_end + ABORT
            self._rearm(environment)
            self.epilogue(environment)

    def give_way(self, environment: Environment, to: Environment | None = None) -> None:
        """Give up the rest of the slice, to `to` if that can run; return when it is this one's turn again."""
        environment.yield_by = None
        self._hand_over(environment, to)
        self.resumed(environment)

    def hand_back(self, environment: Environment, to: Environment) -> None:
        """Give the rest of the slice to `to`, which waits for an answer, if it can go on with it."""
        if self._remaining() > 0 and self._chooser.can_run(to):
            self._run(to)
        if not environment.alive:
            self.stop(environment)

    def sleep(
        self,
        environment: Environment,
        ready: Callable[[], bool],
        alarms: tuple[int, ...] = (),
        cycles: int = costs.PREDICATE_TERM,
        to: Environment | None = None,
    ) -> None:
        """Return when `ready`; until then others run, `to` first.

        Args:
            environment: the current one.
            ready: asked before each of its turns; must not raise.
            alarms: times at which `ready` may change by itself.
            cycles: what asking costs.
            to: who gets the rest of the slice.

        Raises:
            Refusal: DEADLOCK, and it no longer waits.
        """
        while to is not None or not ready():
            environment.yield_by = None
            environment.ready, environment.ready_cycles, environment.alarms = ready, cycles, alarms
            if alarms:
                self._chooser.asleep[environment] = None
            try:
                if not self._hand_over(environment, to):
                    raise Refusal(Code.DEADLOCK, "no program can run and no event is due")
            finally:
                environment.ready, environment.ready_cycles, environment.alarms = None, 0, ()
                self._chooser.asleep.pop(environment, None)
            to = None
            self.resumed(environment)

    def run(self) -> None:
        """Let programs run until none can go on; home, which calls this, acts as nobody."""
        self._settle()
        self.current = self._chooser.host = None
        self.dispatch()

    def resumed(self, environment: Environment) -> None:
        """Go on in the context of `environment`, which has just been chosen: first of all, upcalls.

        Raises:
            Refusal: NO_SUCH_ENVIRONMENT, at home: somebody has ended it.
        """
        if environment.alive:
            self.upcalls(environment)
        else:
            self.stop(environment)

    def stop(self, environment: Environment) -> None:
        """Leave the context of an environment that is dead."""
        assert environment.program is not None, "only code can stop"
        if not environment.program.is_home:
            raise Stopped
        self.forget(environment)
        raise Refusal(Code.NO_SUCH_ENVIRONMENT, f"environment {environment.id} has ended")

    def forget(self, environment: Environment) -> None:
        """Nobody is current, or home acts as nobody, if that was `environment`, which is dead."""
        if self.current is environment:
            self._settle()
            self.current = None
        if self.host is environment and self.home is not None and self.home.is_here:
            self._chooser.host = None
        if self._last is environment:
            self._last = None

    def poke(self, environment: Environment) -> None:
        """An upcall of `environment` has become due: if it runs, its next call enters it."""
        if self.current is environment:
            self.interrupt_at = 0

    def work_for(self, environment: Environment, cycles: int) -> None:
        """Let an interrupt work for `environment`, whoever runs: that one's slice ends so much later."""
        current = self.current
        if environment is not current:
            self._began += cycles
            self._slice_end += cycles
            environment.cycles += cycles
            environment.account.top.owed += cycles
            if current is not None and current.yield_by is None and self.interrupt_at:
                self.interrupt_at += cycles
        self.clock.advance(cycles)

    # ---- choosing

    def dispatch(self) -> bool:
        """Let the next one run; return when the caller's context is chosen again.

        Returns:
            False: the caller's context is home, and nobody else can run.
        """
        return self._switch(self.successor())

    def successor(self) -> Context:
        """Choose who runs next, and return the context to go on with: home, where nobody can run."""
        self._settle()
        choice = self._chooser.next_turn(self._slot or IDLE)
        if choice is None:
            assert self.home is not None, "home has started what runs"
            self._stuck = True
            self._prepare(IDLE, self.host)
            return self.home
        self._prepare(*choice)
        return _context_of(choice[1])

    # ---- switching

    def _hand_over(self, environment: Environment, to: Environment | None) -> bool:
        """Let `to` have the rest of the slice if there is any, else let the next one run."""
        if to is None or to is environment or self._remaining() <= 0 or not self._chooser.can_run(to):
            return self.dispatch()
        return self._run(to)

    def _remaining(self) -> int:
        return self._slice_end - self.clock.now

    def _settle(self) -> None:
        """Count the time of the current environment."""
        now = self.clock.now
        if self.current is not None:
            used = now - self._began
            self.current.cycles += used
            if self._slot is None:
                self.current.account.top.owed += used
            else:
                self.vector.use(self._slot, used)
        self._began = now

    def _lose(self, number: int) -> None:
        """The slot `number` leaves its owner: if it is in use, the slice is over."""
        self._settle()
        if number == self._slot:
            self._slot = None
            self._slice_end = self.clock.now
            if self.current is not None:
                self._rearm(self.current)

    def _start(self, slot: int, environment: Environment) -> bool:
        self._prepare(slot, environment)
        return self._switch(_context_of(environment))

    def _prepare(self, slot: int, environment: Environment | None) -> None:
        """Begin a slice."""
        self._slot = slot
        self._began = self.clock.now
        left = self.vector.slots[slot].left if slot != IDLE else REFILL
        self._slice_end = self._began + left
        if environment is not None:
            environment.starting = True
        self._become(environment)

    def _run(self, environment: Environment) -> bool:
        """Let `environment` have the rest of the slice."""
        self._settle()
        self._become(environment)
        return self._switch(_context_of(environment))

    def _become(self, environment: Environment | None) -> None:
        self.current = environment
        if environment is None:
            return
        if environment is not self._last:
            self._last = environment
            self.clock.advance(costs.CONTEXT_SWITCH)
        self._rearm(environment)

    def _switch(self, context: Context) -> bool:
        """Go to `context`; return when the caller's is chosen again. False: home, as nobody else can run."""
        if not context.is_here:
            context.switch()
        if self._stuck:
            self._stuck = False
            return False
        return True

    def _rearm(self, environment: Environment) -> None:
        self.interrupt_at = self._slice_end if environment.yield_by is None else environment.yield_by


def _context_of(environment: Environment) -> Context:
    assert environment.program is not None, "who is chosen can run"
    return environment.program
