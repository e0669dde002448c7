"""The system calls on time and control: quanta, yielding, sleeping, entering others.

In: what a library passes: anything. Out: the answer, or `Refusal`, and then nothing has changed.
"""

from __future__ import annotations

from dataclasses import dataclass

from vm.machine import costs
from vm.xok import call_table as calls
from vm.xok.area import PREDICATE_TAG, Words
from vm.xok.capability import WRITE, demand
from vm.xok.control import is_words
from vm.xok.entry import Entry
from vm.xok.environment import EnvironmentId
from vm.xok.environment_calls import check_word
from vm.xok.limits import COPIED_WORDS, LONGEST_COMPUTE, REGISTER_ARGUMENTS
from vm.xok.predicate import PageWord, Predicate, Word, check_predicate, evaluate
from vm.xok.refusal import Code, Refusal
from vm.xok.watch import begin_watch, end_watch


@dataclass(frozen=True, slots=True)
class QuantumInfo:
    """What everybody may know of a quantum.

    Args:
        owner: whom it runs; None: it is free.
        left: cycles.
    """

    owner: EnvironmentId | None
    left: int


class TimeCalls(Entry):
    """Calls on time and control."""

    __slots__ = ()

    @property
    def now(self) -> int:
        """The clock, in cycles: a page that all may read, no call."""
        return self._clock.now

    def compute(self, cycles: int) -> None:
        """Use the processor for so long: no call, but what the library's own instructions take.

        Raises:
            Refusal: BAD_ARGUMENT, NO_SUCH_ENVIRONMENT, or NOT_CURRENT.
        """
        self._enter(0)
        if type(cycles) is not int or not 0 <= cycles <= LONGEST_COMPUTE:
            raise Refusal(Code.BAD_ARGUMENT, f"time is 0 to {LONGEST_COMPUTE} cycles")
        while cycles:
            step = min(cycles, max(1, self._scheduler.interrupt_at - self._clock.now))
            self._enter(step)
            cycles -= step

    def null(self) -> None:
        """Do nothing."""
        self._enter(calls.NULL.cycles)

    def quantum_allocate(self, number: int, identity: int | None = None, cap: int = 0) -> None:
        """Take free quantum `number`, and guard it with slot `cap`.

        Args:
            number: of 128.
            identity: an environment that gets and pays for it, and lets `cap` write; None: the caller.
            cap: see above.
        """
        environment = self._enter(calls.QUANTUM_ALLOCATE.cycles)
        guard = environment.capability(cap)
        taker = environment
        if identity is not None:
            taker = self._kernel.environments.find(identity)
            demand(taker.guard, guard, WRITE)
        self._kernel.quanta.allocate(taker, number, guard)

    def quantum_free(self, number: int, cap: int = 0) -> None:
        """Give a quantum back; slot `cap` must be what guards it."""
        environment = self._enter(calls.QUANTUM_FREE.cycles)
        vector = self._kernel.quanta
        vector.free(vector.guarded(number, environment.capability(cap)))

    def quantum_give(self, number: int, identity: int, cap: int = 0) -> None:
        """Hand a quantum to another environment; slot `cap` must be what guards it, and does so further."""
        environment = self._enter(calls.QUANTUM_GIVE.cycles)
        vector = self._kernel.quanta
        checked = vector.guarded(number, environment.capability(cap))
        vector.give(checked, self._kernel.environments.find(identity))

    def quantum_get(self, number: int) -> QuantumInfo:
        """Return who owns a quantum, and what time it has left."""
        self._enter(calls.QUANTUM_GET.cycles)
        vector = self._kernel.quanta
        slot = vector.slots[vector.find(number)]
        return QuantumInfo(None if slot.owner is None else slot.owner.id, slot.left)

    def give_way(self, identity: int | None = None) -> None:
        """Give up the rest of the slice (yield), to environment `identity` if that can run."""
        environment = self._enter(calls.YIELD.cycles)
        other = None if identity is None else self._kernel.environments.find(identity)
        self._scheduler.give_way(environment, other)

    def sleep(self, predicate: Predicate) -> int:
        """Wait until `predicate` holds, and return the tag of the product that does.

        See `vm.xok.predicate` for what it may look like; the empty one waits for upcalls.
        """
        environment = self._enter(calls.SLEEP.cycles)
        checked = check_predicate(predicate)
        kernel = self._kernel
        watch = begin_watch(kernel.pages, environment, checked.page_words)

        def ready() -> bool:
            return evaluate(checked, read) != 0

        def read(word: Word) -> int:
            return watch.read(word) if isinstance(word, PageWord) else kernel.read_word(environment, word)

        cycles = costs.PREDICATE_TERM * checked.terms
        kernel.charge(cycles)
        try:
            self._scheduler.sleep(environment, ready, checked.alarms, cycles)
        finally:
            if environment.alive:  # else everything has been given back
                end_watch(kernel.pages, environment, watch)
        tag = evaluate(checked, read)
        environment.words[PREDICATE_TAG] = tag
        return tag

    def wait(self, word: int) -> None:
        """Wait until a word of the u-area is 0: what counts down has been done."""
        environment = self._enter(calls.WAIT.cycles)
        index = check_word(word)
        words = environment.words
        self._scheduler.sleep(environment, lambda: words[index] == 0)

    def ipc_call(self, identity: int, arguments: Words = (), copied: Words = ()) -> Words:
        """Enter environment `identity` at its `service`, and return the answer (at most 21 words)."""
        environment = self._enter(calls.IPC_CALL.cycles)
        other = self._kernel.environments.find(identity)
        _check_words(arguments, copied)
        return self._kernel.control.call(environment, other, arguments, copied)

    def ipc_send(self, identity: int, arguments: Words = (), copied: Words = ()) -> None:
        """Enter environment `identity` at its `message`, and give it the rest of the slice."""
        environment = self._enter(calls.IPC_SEND.cycles)
        other = self._kernel.environments.find(identity)
        _check_words(arguments, copied)
        self._kernel.control.send(environment, other, arguments, copied)

    def ipc_allow(self) -> None:
        """Accept calls although one is being served."""
        self._kernel.control.allow(self._enter(calls.IPC_ALLOW.cycles))


def _check_words(arguments: object, copied: object) -> None:
    if not is_words(arguments, REGISTER_ARGUMENTS) or not is_words(copied, COPIED_WORDS):
        raise Refusal(Code.BAD_ARGUMENT, "tuples of at most 5 and 16 words")
