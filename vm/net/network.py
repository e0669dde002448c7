"""The network of a machine: its cards, and all filters, rings and handlers.

In: what system calls ask for, frames that arrive. Out: a new state, or `Refusal`, and then nothing has
changed. `vm.xok.network_calls` checks what libraries pass; the rules about filters are in `filters.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from dpfc.answers import Engine
from runtime.diagnostic import Refused
from runtime.handler.engine import load_handler
from runtime.handler.form import decode_handler
from runtime.handler.install import install_handler
from vm.machine.card import Card
from vm.machine.clock import Clock
from vm.machine.memory import PAGE, Memory
from vm.net.demultiplexer import Demultiplexer
from vm.net.filters import Filters, make_guard
from vm.net.handler import Handler
from vm.net.limits import LONGEST_FRAME, REGION_PAGES, RING_PAGES, SMALLEST_SLOT
from vm.net.predicate import Predicates
from vm.net.receive import Receiver, WorkFor
from vm.net.ring import Ring
from vm.net.tables import Port
from vm.xok.account import Resource
from vm.xok.capability import Acl, Capability
from vm.xok.environment import Environment
from vm.xok.network_calls import FilterInfo, HandlerInfo
from vm.xok.pages import Pages
from vm.xok.refusal import Code, Refusal


class Network:
    """All of it.

    Args:
        clock, memory, pages: the kernel's.
        work_for: lets time pass at the cost of an environment.
        kernel: environment 0.
        engine: what runs classifiers and handlers; None: the fastest of this host.
        cache: a directory for proofs and machine code; None: nothing is kept.

    Attributes:
        ports: the cards, by number.
        filters: of all cards; `rings`, `handlers`: by number.
        predicates: that were compiled.
    """

    __slots__ = (
        "_cache",
        "_engine",
        "_memory",
        "_next",
        "_pages",
        "filters",
        "handlers",
        "ports",
        "predicates",
        "receiver",
        "rings",
    )

    def __init__(
        self,
        clock: Clock,
        memory: Memory,
        pages: Pages,
        work_for: WorkFor,
        kernel: Environment,
        engine: Engine | None = None,
        cache: Path | None = None,
    ) -> None:
        self._memory, self._pages = memory, pages
        self._engine, self._cache = engine, cache
        self._next = 1
        self.ports: list[Port] = []
        self.filters = Filters()
        self.rings: dict[int, Ring] = {}
        self.handlers: dict[int, Handler] = {}
        self.predicates = Predicates(engine, cache)
        self.receiver = Receiver(clock, work_for, kernel)

    def attach(self, card: Card) -> int:
        """Take a card into service; return its number."""
        demultiplexers = (
            Demultiplexer("specific", self._engine, self._cache),
            Demultiplexer("all", self._engine, self._cache),
        )
        port = Port(card, *demultiplexers)
        self.ports.append(port)
        card.interrupt = lambda frame: self.receiver.receive(port, frame)
        return len(self.ports) - 1

    # ---- finding

    def find_port(self, number: object) -> Port:
        """Return a card; Refusal BAD_ARGUMENT or NO_SUCH_CARD."""
        if type(number) is not int:
            raise Refusal(Code.BAD_ARGUMENT, "a card is a number")
        if not 0 <= number < len(self.ports):
            raise Refusal(Code.NO_SUCH_CARD, f"the machine has {len(self.ports)} cards")
        return self.ports[number]

    def find_ring(self, number: object) -> Ring:
        """Return a ring; Refusal BAD_ARGUMENT or NO_SUCH_RING."""
        if type(number) is not int:
            raise Refusal(Code.BAD_ARGUMENT, "a ring is a number")
        if number not in self.rings:
            raise Refusal(Code.NO_SUCH_RING, f"there is no ring {number}")
        return self.rings[number]

    def find_handler(self, number: object) -> Handler:
        """Return a handler; Refusal BAD_ARGUMENT or NO_SUCH_HANDLER."""
        if type(number) is not int:
            raise Refusal(Code.BAD_ARGUMENT, "a handler is a number")
        if number not in self.handlers:
            raise Refusal(Code.NO_SUCH_HANDLER, f"there is no handler {number}")
        return self.handlers[number]

    # ---- rings

    def create_ring(
        self, owner: Environment, pages: Sequence[object], slot: int, word: int | None, acl: Acl
    ) -> int:
        """Make a ring of pages of `owner`.

        Raises:
            Refusal: BAD_ARGUMENT, NO_SUCH_PAGE, PAGE_BOUND, PAGE_PINNED, OUT_OF_RANGE, or QUOTA.
        """
        if not 1 <= len(pages) <= RING_PAGES:
            raise Refusal(Code.OUT_OF_RANGE, f"a ring has 1 to {RING_PAGES} pages")
        if slot % 16 or not SMALLEST_SLOT <= slot <= len(pages) * PAGE:
            raise Refusal(Code.OUT_OF_RANGE, "a slot has 16 times so many bytes, and fits into the pages")
        owner.account.take(Resource.RINGS)
        try:
            pinned = self._pages.pin_all(owner, pages)
        except Refusal:
            owner.account.give(Resource.RINGS)
            raise
        number = self._number()
        self.rings[number] = Ring(owner, pinned, slot, word, acl, self._memory)
        return number

    def free_ring(self, number: int) -> None:
        """End a ring that exists: its filters' messages go nowhere, its pages are the owner's alone."""
        ring = self.rings.pop(number)
        self.filters.unroute(ring)
        self._pages.unpin_all(ring.pages)
        ring.owner.account.give(Resource.RINGS)

    # ---- handlers

    def install_handler(self, owner: Environment, form: bytes, pages: Sequence[object]) -> int:
        """Prove a handler, and give it pages of `owner`.

        Raises:
            Refusal: BAD_HANDLER, HANDLER_REFUSED, OUT_OF_RANGE, NO_SUCH_PAGE, PAGE_BOUND, PAGE_PINNED, or
                QUOTA.
        """
        if len(pages) > REGION_PAGES:
            raise Refusal(Code.OUT_OF_RANGE, f"a handler has at most {REGION_PAGES} pages")
        try:
            decoded = decode_handler(form)
        except Refused as refused:
            raise Refusal(Code.BAD_HANDLER, describe(refused)) from None
        if not len(pages) * PAGE - PAGE < decoded.memory <= len(pages) * PAGE:
            message = (
                f"`{decoded.name}` has {decoded.memory} bytes of memory, and was given {len(pages)} pages"
            )
            raise Refusal(Code.OUT_OF_RANGE, message)
        owner.account.take(Resource.HANDLERS)
        try:
            pinned = self._pages.pin_all(owner, pages)
            try:
                loaded = load_handler(install_handler(decoded, cache=self._cache), self._engine, self._cache)
            except Refused as refused:
                self._pages.unpin_all(pinned)
                raise Refusal(Code.HANDLER_REFUSED, describe(refused)) from None
        except Refusal:
            owner.account.give(Resource.HANDLERS)
            raise
        number = self._number()
        self.handlers[number] = Handler(owner, loaded, pinned, self._memory)
        return number

    def remove_handler(self, number: int) -> None:
        """Remove a handler that exists: its filters' messages go to their rings."""
        handler = self.handlers.pop(number)
        self.filters.unbind(handler)
        self._pages.unpin_all(handler.pages)
        handler.owner.account.give(Resource.HANDLERS)

    # ---- sending

    def check_sender(self, capability: Capability) -> None:
        """Refuse (ACCESS_DENIED) what is no capability for the network."""
        make_guard(capability)

    def check_frame(self, port: Port, length: int) -> None:
        """Refuse (OUT_OF_RANGE, LINK_FULL) a frame that the card would not take now."""
        if not 1 <= length <= LONGEST_FRAME:
            raise Refusal(Code.OUT_OF_RANGE, f"a frame has 1 to {LONGEST_FRAME} bytes")
        if port.card.out is None or port.card.out.is_full:
            raise Refusal(Code.LINK_FULL, "the link takes no frame now")

    # ---- what everybody may know

    def describe_filter(self, number: object) -> FilterInfo:
        """Return what is known of a filter; Refusal BAD_ARGUMENT or NO_SUCH_FILTER."""
        found = self.filters.find(number)
        counts = asdict(found.counts)
        aborted = counts.pop("aborted")
        ring = next((number for number, each in self.rings.items() if each is found.ring), None)
        handler = next((number for number, each in self.handlers.items() if each is found.handler), None)
        card = self.ports.index(found.port)
        return FilterInfo(found.owner.id, card, found.guard, ring, handler, counts, aborted)

    def describe_handler(self, number: object) -> HandlerInfo:
        """Return what is known of a handler; Refusal BAD_ARGUMENT or NO_SUCH_HANDLER."""
        found = self.find_handler(number)
        counts = asdict(found.counts)
        aborted = counts.pop("aborted")
        return HandlerInfo(found.owner.id, found.name, found.size, counts, aborted)

    # ---- the end

    def end_environment(self, environment: Environment) -> None:
        """Give back all that an environment has, before its pages go."""
        self.filters.drop(environment)
        for number in [number for number, each in self.handlers.items() if each.owner is environment]:
            self.remove_handler(number)
        for number in [number for number, each in self.rings.items() if each.owner is environment]:
            self.free_ring(number)

    def _number(self) -> int:
        number, self._next = self._next, self._next + 1
        return number


def describe(refused: Refused) -> str:
    """Return the first diagnostic of a refusal in one line."""
    first = refused.diagnostics[0]
    return f"{first.code}: {first.message}"
