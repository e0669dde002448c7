"""The u-area: the memory that an environment shares with the kernel.

In: what the library writes. Out: what the kernel reads, with suspicion, and what it writes for the library.
Reading and writing it takes no system call.

    words[0..63]            the library's; what counts down transfers, what predicates look at
    words[PAGES_WANTED]     how many pages the kernel wants back; it counts down as they are returned
    words[PAGES_LOST]       how many it has taken by force, ever
    words[IN_CRITICAL]      not 0: the library is in a critical section (`vm.xok.critical`)
    words[INTERRUPTED]      a slice ended in a critical section: leaving it has to yield
    words[PREDICATE_TAG]    the tag of the product that ended the last sleep

The other attributes are entry points: Python functions that the kernel calls in the environment's name, where
hardware would set the program counter. One that is not callable is a fault of its owner.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from vm.xok.limits import AREA_WORDS

PAGES_WANTED = AREA_WORDS
PAGES_LOST = AREA_WORDS + 1
IN_CRITICAL = AREA_WORDS + 2
INTERRUPTED = AREA_WORDS + 3
PREDICATE_TAG = AREA_WORDS + 4
ALL_WORDS = AREA_WORDS + 5

Upcall: TypeAlias = Callable[[], None]
Words: TypeAlias = tuple[int, ...]
# Called with who calls, the register arguments, and the copied words; what it returns is the reply.
Service: TypeAlias = Callable[[int, Words, Words], Words]


class UserArea:
    """A u-area.

    Attributes:
        words: 64-bit words, fixed in number; see above.
        epilogue: entered when a slice is over; has to yield. None: the kernel just switches.
        prologue: entered when a slice begins, unless the program is new.
        revocation: entered when pages are wanted back.
        repossession: entered when pages were taken by force.
        service: entered by another environment's synchronous call; None: calls are not accepted.
        message: entered by another environment's asynchronous call.
        offer: (slot, environment): who may acquire the capability in `slot`.
    """

    __slots__ = ("epilogue", "message", "offer", "prologue", "repossession", "revocation", "service", "words")

    def __init__(self, words: memoryview[int]) -> None:
        self.words = words
        self.epilogue: Upcall | None = None
        self.prologue: Upcall | None = None
        self.revocation: Upcall | None = None
        self.repossession: Upcall | None = None
        self.service: Service | None = None
        self.message: Service | None = None
        self.offer: tuple[int, int] | None = None

    @property
    def pages_wanted(self) -> int:
        """How many pages the kernel wants back."""
        return self.words[PAGES_WANTED]

    @property
    def in_critical(self) -> int:
        """How many critical sections the library is in."""
        return self.words[IN_CRITICAL]

    @in_critical.setter
    def in_critical(self, depth: int) -> None:
        self.words[IN_CRITICAL] = depth

    @property
    def interrupted(self) -> int:
        """Whether a slice ended inside the critical section."""
        return self.words[INTERRUPTED]

    @interrupted.setter
    def interrupted(self, value: int) -> None:
        self.words[INTERRUPTED] = value
