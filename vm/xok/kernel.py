"""The kernel: all tables, and what happens to an environment from its first instruction to its end.

In: a machine. Out: environments that run in it. XN (`vm.xn`) is put on top by `vm.boot`.

    kernel.spawn(main)           a program in an environment of its own; `main(sys)` is a Python function
    kernel.run()                 until no program can go on
    sys = kernel.enter(kernel.create())     the code that calls this acts as an environment
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import TypeAlias

from vm.machine.machine import Machine
from vm.xok.account import DEFAULT_LIMITS, Resource
from vm.xok.capability import ROOT, Capability
from vm.xok.context import Context, Stopped
from vm.xok.control import Control
from vm.xok.environment import Environment
from vm.xok.environments import Environments
from vm.xok.limits import GUARANTEED_PAGES
from vm.xok.pages import Pages
from vm.xok.predicate import KernelWord
from vm.xok.quantum import QuantumVector
from vm.xok.refusal import Refusal
from vm.xok.regions import Regions
from vm.xok.revocation import Revocation
from vm.xok.scheduler import Scheduler
from vm.xok.syscalls import SystemCalls
from vm.xok.upcall import Fault, Upcalls

Program: TypeAlias = Callable[[SystemCalls], None]


class Aborted(Exception):  # noqa: N818  (the end of an environment that did not obey)
    """The environment did not yield in time, or did something else that the kernel does not forgive."""


class Kernel:
    """The kernel of one machine.

    Args:
        machine: with its clock, memory and disk.

    Attributes:
        on_destroy: told of each environment that ends, before its pages are taken.
        words: of the kernel, that predicates may look at, besides the clock and counts of tables.
        storage: XN; set by `vm.boot`. `network`: cards and filters; set by `vm.net.start`.
    """

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self.clock = machine.clock
        self.memory = machine.memory
        limits = [DEFAULT_LIMITS[resource] for resource in Resource]
        limits[Resource.PAGES] = machine.memory.pages * 7 // 8
        self.environments = Environments(limits, 1 + machine.memory.pages // (2 * GUARANTEED_PAGES))
        self.pages = Pages(machine.memory)
        self.regions = Regions(self.pages)
        self.quanta = QuantumVector(self.environments.kernel)
        self.scheduler = Scheduler(self.clock, self.quanta)
        self.upcalls = Upcalls(self.scheduler, self.destroy)
        self.control = Control(self.scheduler, self.upcalls)
        self.revocation = Revocation(self.clock, self.pages, self.regions, self.environments, self.scheduler)
        self.words: dict[KernelWord, int] = {KernelWord.TRANSFERS: 0}
        self.storage: object | None = None
        self.network: object | None = None
        self.scheduler.upcalls = self.upcalls.deliver
        self.scheduler.epilogue = self.upcalls.epilogue
        self.scheduler.abort = self._abort

    @property
    def on_destroy(self) -> list[Callable[[Environment], None]]:
        """Told of each environment that ends, before its pages are taken."""
        return self.environments.on_destroy

    @property
    def owner(self) -> Environment:
        """The kernel's own environment, number 0: owns what is the kernel's."""
        return self.environments.kernel

    def is_home(self, environment: Environment) -> bool:
        """Whether code acts as the environment that is not its program."""
        return environment.program is not None and environment.program.is_home

    @property
    def current(self) -> Environment | None:
        """The environment whose code runs."""
        return self.scheduler.current

    def charge(self, cycles: int) -> None:
        """Let time pass, at the cost of whoever runs. Nobody else comes between."""
        self.clock.advance(cycles)

    def create(self, capability: Capability = ROOT, quanta: int = 1) -> Environment:
        """Make an environment with an account of its own: a user logs in.

        Args:
            capability: for slot 0, and its guard; with all permissions.
            quanta: how many slots it gets.

        Raises:
            Refusal: TABLE_FULL or QUOTA.
        """
        environment = self.environments.create(capability, (capability,))
        try:
            for _ in range(quanta):
                self.quanta.allocate(environment, self.quanta.lowest_free(), capability)
        except Refusal:
            self.destroy(environment)
            raise
        return environment

    def spawn(self, program: Program, capability: Capability = ROOT, quanta: int = 1) -> Environment:
        """Make an environment and start `program` in it; it runs when home waits or its slice is over."""
        environment = self.create(capability, quanta)
        self.start(environment, program)
        return environment

    def start(self, environment: Environment, program: Program) -> None:
        """Give an environment its program."""
        assert environment.program is None, "an environment has one program"

        def body() -> Context | None:
            environment.starting = False
            fault = Fault()
            try:
                with suppress(Stopped), fault:
                    program(SystemCalls(self, environment))
            finally:
                if environment.alive:
                    self.destroy(environment, fault.error)
            return None if context.is_killed else self.scheduler.successor()

        if self.scheduler.home is None:
            self._settle_home()
        context = environment.program = Context(body, self.scheduler.home)

    def enter(self, environment: Environment) -> SystemCalls:
        """Let the code that calls this act as `environment`, which has no program.

        Its calls make it the current one. While it sleeps, others run, and the clock goes on.
        """
        self._settle_home()
        assert environment.program is None or environment.program.is_home, "it has a program of its own"
        environment.program = self.scheduler.home
        return SystemCalls(self, environment)

    def run(self) -> None:
        """Run programs until none can go on: all have ended, or wait for what never comes."""
        self._settle_home()
        self.scheduler.run()

    def halt(self) -> None:
        """Switch the machine off: programs are unwound, and nothing is given back or written.

        Python does not collect the stack of a program that waits, so without this it keeps its kernel.
        """
        programs = [environment for environment in self.environments.all() if environment.alive]
        for environment in programs:
            environment.alive = False
        for environment in programs:
            context = environment.program
            if context is not None and not context.is_home:
                context.kill()

    def block(self, condition: Callable[[], bool]) -> None:
        """Return when `condition` holds: a call has to wait for a device. Others run meanwhile.

        No upcall of the environment is entered before the call is over. While it waits, others may end the
        environment: then this does not return.

        Raises:
            Refusal: DEADLOCK.
        """
        environment = self.current
        if environment is not None:
            masked, environment.masked = environment.masked, True
            try:
                self.scheduler.sleep(environment, condition)
            finally:
                environment.masked = masked
            return
        while not condition():
            progress = self.clock.run_next()
            assert progress, "the kernel waits for an event that is due"

    def read_word(self, environment: Environment, word: int | KernelWord) -> int:
        """Return a word that a predicate of `environment` looks at."""
        if isinstance(word, int):
            return environment.words[word]
        match word:
            case KernelWord.CLOCK:
                return self.clock.now
            case KernelWord.FREE_PAGES:
                return self.pages.free_count
            case KernelWord.DEATHS:
                return self.environments.deaths
            case KernelWord.TRANSFERS:
                return self.words[word]

    def destroy(self, environment: Environment, error: BaseException | None = None) -> None:
        """End an environment: everything that it has is given back; other environments are not touched."""
        assert environment is not self.owner, "the kernel does not end"
        environment.alive = False
        self.scheduler.forget(environment)
        for hook in self.environments.on_destroy:
            hook(environment)
        self.revocation.forget(environment)
        self.regions.drop(environment)
        for page in tuple(environment.bindings):
            self.pages.unbind(environment, page)
        for page in tuple(environment.pages):
            self.pages.free(page)
        for page in tuple(environment.buffers):
            self.pages.recharge(page, self.owner)
        self.quanta.drop(environment)
        environment.account.close()
        self.environments.remove(environment, error)
        context = environment.program
        if context is not None and not context.is_home and not context.is_here:
            context.kill()

    def _abort(self, environment: Environment) -> None:
        self.destroy(environment, Aborted("did not yield within 330 ticks of the end of its slice"))
        self.scheduler.stop(environment)

    def _settle_home(self) -> None:
        home = self.scheduler.home
        if home is None or not home.is_here:
            self.scheduler.home = Context()
