"""The system calls of the network. Each: guard, then new state.

In: what a library passes: anything. Out: what `vm.net` answers, or `Refusal`, and then nothing has changed.
`cap` is a slot of the environment's capability list; filters are bytes in the form that `vm.net.form` draws,
handlers in that of `runtime.handler.form`: the kernel parses no text.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from vm.machine.costs import copy_cycles
from vm.xok import network_table as calls
from vm.xok.area import PREDICATE_TAG
from vm.xok.capability import WRITE, Acl, Capability, demand, make_acl
from vm.xok.entry import Entry
from vm.xok.environment import Environment, EnvironmentId
from vm.xok.environment_calls import check_word
from vm.xok.predicate import PageWord, Word
from vm.xok.refusal import Code, Refusal
from vm.xok.watch import begin_watch, end_watch

if TYPE_CHECKING:
    from vm.net.network import Network
    from vm.net.ring import Ring


@dataclass(frozen=True, slots=True)
class CardInfo:
    """What everybody may know of a card: see `vm.net.counts` for the numbers.

    Args:
        link_type: of its frames, a LINKTYPE_ number.
        counts: by name; `held` are frames held back now, `filters` those that are installed.
    """

    link_type: int
    counts: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class FilterInfo:
    """What everybody may know of a filter.

    Args:
        owner: who inserted it; `card`: whose frames it sees; `guard`: who dominates this may change it.
        ring, handler: numbers; None: it has none.
        counts: by name, see `vm.net.counts`; `aborted`: runs of the handler, by why.
    """

    owner: EnvironmentId
    card: int
    guard: Capability
    ring: int | None
    handler: int | None
    counts: Mapping[str, int]
    aborted: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class RingInfo:
    """What everybody may know of a ring.

    Args:
        owner: whose memory it is in.
        slot, slots: bytes of each, and how many.
        put, dropped: messages.
    """

    owner: EnvironmentId
    slot: int
    slots: int
    put: int
    dropped: int


@dataclass(frozen=True, slots=True)
class HandlerInfo:
    """What everybody may know of a handler.

    Args:
        owner: who pays for it; `name`: what that one calls it.
        size: bytes of memory that it may touch.
        counts: by name, see `vm.net.handler`; `aborted`: by why.
    """

    owner: EnvironmentId
    name: str
    size: int
    counts: Mapping[str, int]
    aborted: Mapping[str, int]


class NetworkCalls(Entry):
    """The calls of the network."""

    __slots__ = ()

    @property
    def _network(self) -> Network:
        from vm.net.network import Network  # the classifier's compiler, which a machine without cards lacks

        network = self._kernel.network
        assert isinstance(network, Network), "vm.net.start has started it"
        return network

    def net_info(self) -> tuple[CardInfo, ...]:
        """Return the cards, by number."""
        self._enter(calls.NET_INFO.cycles)
        return tuple(CardInfo(port.card.link_type, port.summary()) for port in self._network.ports)

    # ---- filters

    def net_filter_insert(
        self, form: bytes, ring: int | None = None, card: int = 0, cap: int = 0, ring_cap: int = 0
    ) -> int:
        """Insert a filter and return its number.

        Args:
            form: of the filter, see `vm.net.form`.
            ring: where its messages go; None: nowhere.
            card: whose frames it sees.
            cap: a capability for the network; it becomes the guard, and must dominate those of the filters
                from which this one would take messages.
            ring_cap: must let write to the ring.
        """
        environment = self._enter(calls.NET_FILTER_INSERT.cycles)
        if type(form) is not bytes:
            raise Refusal(Code.BAD_ARGUMENT, "a form is bytes")
        network = self._network
        port = network.find_port(card)
        capability = environment.capability(cap)
        found = self._find_ring(environment, ring, ring_cap)
        return network.filters.insert(environment, port, form, capability, found)

    def net_filter_delete(self, number: int, cap: int = 0) -> None:
        """Delete a filter, whoever owns it; `cap` must dominate its guard."""
        environment = self._enter(calls.NET_FILTER_DELETE.cycles)
        filters = self._network.filters
        filters.delete([filters.guarded(number, environment.capability(cap))])

    def net_filter_route(self, number: int, ring: int | None, cap: int = 0, ring_cap: int = 0) -> None:
        """Let a filter's messages go to another ring; `cap` must dominate its guard, see insertion."""
        environment = self._enter(calls.NET_FILTER_ROUTE.cycles)
        installed = self._network.filters.guarded(number, environment.capability(cap))
        installed.ring = self._find_ring(environment, ring, ring_cap)

    def net_filter_bind(self, number: int, handler: int | None, cap: int = 0) -> None:
        """Let a handler of the caller run on each of a filter's messages; None: none does."""
        environment = self._enter(calls.NET_FILTER_BIND.cycles)
        network = self._network
        installed = network.filters.guarded(number, environment.capability(cap))
        if handler is None:
            installed.handler = None
            return
        found = network.find_handler(handler)
        if found.owner is not environment:
            raise Refusal(Code.ACCESS_DENIED, f"handler {handler} is not yours")
        installed.handler = found

    def net_filter_info(self, number: int) -> FilterInfo:
        """Return whose a filter is, and what it counted."""
        self._enter(calls.NET_FILTER_INFO.cycles)
        return self._network.describe_filter(number)

    # ---- rings

    def net_ring_create(
        self, pages: Sequence[int], slot: int, word: int | None = None, acl: Acl | None = None
    ) -> int:
        """Make a ring; see `vm.net.ring` for what it looks like.

        Args:
            pages: of the caller; they cannot be freed while the ring is there.
            slot: bytes of each slot, of which 16 are its header; 16 times a number.
            word: of the u-area, goes up with each message; None: nobody asks.
            acl: who may put messages there, route filters to it, and end it; None: who holds slot 0.
        """
        environment = self._enter(calls.NET_RING_CREATE.cycles)
        if type(slot) is not int:
            raise Refusal(Code.BAD_ARGUMENT, "a slot has a number of bytes")
        index = None if word is None else check_word(word)
        first = environment.capability(0)
        guard = (first,) if acl is None else make_acl(acl)
        return self._network.create_ring(environment, _check_pages(pages), slot, index, guard)

    def net_ring_free(self, ring: int, cap: int = 0) -> None:
        """End a ring; `cap` must let write to it."""
        environment = self._enter(calls.NET_RING_FREE.cycles)
        network = self._network
        demand(network.find_ring(ring).acl, environment.capability(cap), WRITE)
        network.free_ring(ring)

    def net_ring_put(self, ring: int, message: bytes, cap: int = 0) -> None:
        """Put a message into a ring; `cap` must let write to it. This is how environments queue messages."""
        environment = self._enter(calls.NET_RING_PUT.cycles)
        if type(message) is not bytes:
            raise Refusal(Code.BAD_ARGUMENT, "a message is bytes")
        found = self._network.find_ring(ring)
        demand(found.acl, environment.capability(cap), WRITE)
        if len(message) > found.room:
            raise Refusal(Code.OUT_OF_RANGE, f"a message has at most {found.room} bytes")
        if not found.has_room:
            raise Refusal(Code.RING_FULL, "the next slot has not been given back")
        self._kernel.charge(copy_cycles(len(message)))
        found.offer_from(environment.id, message)

    def net_ring_info(self, ring: int) -> RingInfo:
        """Return whose a ring is, and what it counted."""
        self._enter(calls.NET_RING_INFO.cycles)
        found = self._network.find_ring(ring)
        return RingInfo(found.owner.id, found.slot, found.slots, found.put, found.dropped)

    # ---- handlers

    def net_handler_install(self, form: bytes, pages: Sequence[int] = ()) -> int:
        """Have a handler proved, and return its number.

        Args:
            form: of the handler.
            pages: of the caller, which are its memory; they cannot be freed while the handler is there.
        """
        environment = self._enter(calls.NET_HANDLER_INSTALL.cycles)
        if type(form) is not bytes:
            raise Refusal(Code.BAD_ARGUMENT, "a form is bytes")
        return self._network.install_handler(environment, form, _check_pages(pages))

    def net_handler_remove(self, handler: int) -> None:
        """Remove a handler of the caller; messages of its filters go to their rings."""
        environment = self._enter(calls.NET_HANDLER_REMOVE.cycles)
        network = self._network
        if network.find_handler(handler).owner is not environment:
            raise Refusal(Code.ACCESS_DENIED, f"handler {handler} is not yours")
        network.remove_handler(handler)

    def net_handler_info(self, handler: int) -> HandlerInfo:
        """Return whose a handler is, and what it counted."""
        self._enter(calls.NET_HANDLER_INFO.cycles)
        return self._network.describe_handler(handler)

    # ---- sending

    def net_send(self, frame: bytes, card: int = 0, cap: int = 0) -> None:
        """Send a frame; `cap` must be a capability for the network."""
        environment = self._enter(calls.NET_SEND.cycles)
        if type(frame) is not bytes:
            raise Refusal(Code.BAD_ARGUMENT, "a frame is bytes")
        network = self._network
        port = network.find_port(card)
        network.check_sender(environment.capability(cap))
        network.check_frame(port, len(frame))
        self._kernel.charge(copy_cycles(len(frame)))
        port.send(frame)

    # ---- predicates

    def sleep_on(self, form: bytes, pages: Sequence[int] = (), cap: int = 0) -> int:
        """Wait until a predicate holds, and return its tag; see `vm.net.predicate`.

        Args:
            form: of the predicate, as `runtime.predicate` draws it.
            pages: that it looks at, whoever owns them; they are not freed under it.
            cap: must let read them.
        """
        environment = self._enter(calls.SLEEP_ON.cycles)
        if type(form) is not bytes or type(cap) is not int:
            raise Refusal(Code.BAD_ARGUMENT, "a form is bytes, a slot a number")
        kernel = self._kernel
        compiled = self._network.predicates.compile(form, _check_pages(pages), cap)
        watch = begin_watch(kernel.pages, environment, compiled.page_words)

        def answer() -> int:
            return compiled.loaded.evaluate([read(word) for word in compiled.words])

        def read(word: Word) -> int:
            return watch.read(word) if isinstance(word, PageWord) else kernel.read_word(environment, word)

        cycles = compiled.loaded.instructions
        kernel.charge(cycles)
        try:
            self._scheduler.sleep(environment, lambda: answer() != 0, compiled.alarms, cycles)
        finally:
            if environment.alive:  # else everything has been given back
                end_watch(kernel.pages, environment, watch)
        tag = answer()
        environment.words[PREDICATE_TAG] = tag
        return tag

    def _find_ring(self, environment: Environment, ring: object, cap: int) -> Ring | None:
        if ring is None:
            return None
        found = self._network.find_ring(ring)
        demand(found.acl, environment.capability(cap), WRITE)
        return found


def _check_pages(pages: object) -> tuple[object, ...]:
    """Return what a library passed as pages; each is still to be looked at."""
    if type(pages) not in (tuple, list):
        raise Refusal(Code.BAD_ARGUMENT, "pages are a tuple or list of numbers")
    assert isinstance(pages, (tuple, list)), "just checked"
    return tuple(pages[:1025])
