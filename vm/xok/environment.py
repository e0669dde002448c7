"""Environments: what the kernel knows of one program and its resources.

In: what calls change. Out: a record; the rules are in `environments.py`, `scheduler.py` and `pages.py`.

    created --start--> ready <--switch--> running --free, its program's end, abort--> dead
                         ^                   |
                         +--- predicate --- asleep
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import NewType

from vm.xok.account import Account
from vm.xok.area import ALL_WORDS, UserArea
from vm.xok.capability import Acl, Capability
from vm.xok.context import Context
from vm.xok.limits import CAPABILITIES, REPOSSESSED
from vm.xok.refusal import Code, Refusal
from vm.xok.transfer import Transfer

EnvironmentId = NewType("EnvironmentId", int)


class Environment:
    """An environment.

    Args:
        identity: never used again: the slot of the table, and a generation above it.
        first: what slot 0 holds.
        guard: who may act on the environment.
        account: what it has is charged to.
        parent: who created it; None: the kernel.

    Attributes:
        capabilities: 19 slots.
        area: as the library sees it; `words`: the same memory as the kernel sees it.
        alive, failure: the end, and what ended it if that was an error.
        pages: that it owns, oldest first; `buffers`: those of them that are in the buffer cache.
        bindings: pages that it has views of, and whether it may write them.
        backings: page -> what the library wants it saved to should the page be taken.
        lost: the repossession vector: pages taken by force, each with the backing that has its bytes.
        quanta: numbers of its slots in the quantum vector.
        cycles: that it has run.
        program: where its code runs; None: it has none yet.
        ready: what it waits for; None: it does not. `ready_cycles`: what asking that costs.
        alarms: times at which `ready` may change by itself.
        yield_by: it has been told to yield, and is destroyed at that time; None: it has not.
        starting: a slice has begun and the prologue has not been entered.
        revoked, repossessed: the upcall is due.
        transfers: calls of others that it has to serve: the synchronous, then the asynchronous one.
        accepting: the same: whether another one may come.
        masked: no upcall but the epilogue is entered now.
        calling: the environment whose answer it waits for.
    """

    __slots__ = (
        "accepting",
        "account",
        "alarms",
        "alive",
        "area",
        "backings",
        "bindings",
        "buffers",
        "calling",
        "capabilities",
        "cycles",
        "failure",
        "guard",
        "id",
        "lost",
        "masked",
        "pages",
        "parent",
        "program",
        "quanta",
        "ready",
        "ready_cycles",
        "repossessed",
        "revoked",
        "starting",
        "transfers",
        "words",
        "yield_by",
    )

    def __init__(
        self,
        identity: EnvironmentId,
        first: Capability,
        guard: Acl,
        account: Account,
        parent: Environment | None = None,
    ) -> None:
        self.id = identity
        self.capabilities: list[Capability | None] = [first, *[None] * (CAPABILITIES - 1)]
        self.guard = guard
        self.account = account
        self.parent = parent
        memory = bytearray(8 * ALL_WORDS)
        self.words = memoryview(memory).cast("Q")
        self.area = UserArea(memoryview(memory).cast("Q"))
        self.alive = True
        self.failure: BaseException | None = None
        self.pages: dict[int, None] = {}
        self.buffers: dict[int, None] = {}
        self.bindings: dict[int, bool] = {}
        self.backings: dict[int, int] = {}
        self.lost: deque[tuple[int, int | None]] = deque(maxlen=REPOSSESSED)
        self.quanta: list[int] = []
        self.cycles = 0
        self.program: Context | None = None
        self.ready: Callable[[], bool] | None = None
        self.ready_cycles = 0
        self.alarms: tuple[int, ...] = ()
        self.yield_by: int | None = None
        self.starting = False
        self.revoked = False
        self.repossessed = False
        self.transfers: list[Transfer | None] = [None, None]
        self.accepting = [True, True]
        self.masked = False
        self.calling: Environment | None = None

    @property
    def has_upcall(self) -> bool:
        """Whether an upcall is due that may be entered now."""
        return not self.masked and (
            self.revoked or self.repossessed or self.transfers[0] is not None or self.transfers[1] is not None
        )

    def capability(self, slot: object) -> Capability:
        """Return what `slot` holds.

        Raises:
            Refusal: BAD_ARGUMENT or NO_SUCH_CAPABILITY.
        """
        if type(slot) is not int:
            raise Refusal(Code.BAD_ARGUMENT, "a slot is a number")
        if not 0 <= slot < CAPABILITIES:
            raise Refusal(Code.NO_SUCH_CAPABILITY, f"slots are 0 to {CAPABILITIES - 1}")
        capability = self.capabilities[slot]
        if capability is None:
            raise Refusal(Code.NO_SUCH_CAPABILITY, f"slot {slot} is empty")
        return capability

    def count_down(self, word: int) -> None:
        """Decrement a word of the u-area unless it is 0: something that the library waits for is done."""
        value = self.words[word]
        if value:
            self.words[word] = value - 1
