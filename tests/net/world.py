"""A small machine with a network card and some inhabitants, for the tests of the network.

root     the empty name
alice    name `c0 a`: has a ring of two pages, a filter for IPv4 that goes there, a handler
bob      name `c0 b`: has a ring, and a filter for ARP
ended    an environment that is no more
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from dpfc.answers import Engine
from tests.net.compile import raw, word
from tests.net.handlers import COUNTER
from tests.xok.world import KERNELS
from vm.machine.card import Card
from vm.machine.link import Link, LinkParameters
from vm.machine.machine import make_machine
from vm.machine.store import MemoryStore
from vm.net.network import Network
from vm.net.reader import RingReader
from vm.net.start import start_network
from vm.xok.account import Resource
from vm.xok.capability import ROOT, Capability
from vm.xok.environment import Environment
from vm.xok.kernel import Kernel
from vm.xok.syscalls import SystemCalls

ALICE, BOB = Capability(b"\xc0a"), Capability(b"\xc0b")
SLOT = 256
IPV4, ARP = word(12, 0x0800), word(12, 0x0806)


class Machine:
    """A kernel, its card, and what leaves it; frames that arrive are passed to `arrive`."""

    def __init__(
        self, pages: int = 256, engine: Engine | None = "interpreter", queue: int = 4, rate: int = 0
    ) -> None:
        self.kernel = Kernel(make_machine(MemoryStore(2048), memory_pages=pages))
        KERNELS.append(self.kernel)
        self.card = Card()
        self.sent: list[bytes] = []
        self.card.out = Link(self.kernel.clock, LinkParameters(rate=rate, queue=queue), self.sent.append)
        self.network: Network = start_network(self.kernel, [self.card], engine)

    def login(self, capability: Capability) -> SystemCalls:
        return self.kernel.enter(self.kernel.create(capability))

    def arrive(self, *frames: bytes) -> None:
        """Let frames arrive, as interrupts."""
        for frame in frames:
            self.kernel.clock.schedule(self.kernel.clock.now, partial(self.card.receive, frame))
            self.kernel.clock.run_next()

    def settle(self) -> None:
        """Let the links become quiet."""
        while self.kernel.clock.run_next():
            pass

    def make_ring(self, sys: SystemCalls, pages: int = 1, slot: int = SLOT) -> tuple[int, RingReader]:
        numbers = [sys.page_allocate() for _ in range(pages)]
        views = [sys.page_bind(page, True) for page in numbers]
        return sys.net_ring_create(numbers, slot), RingReader(views, slot)

    def environment(self, sys: SystemCalls) -> Environment:
        return sys._environment


class World(Machine):
    def __init__(self) -> None:
        super().__init__(rate=10_000_000)
        self.root, self.alice, self.bob = self.login(ROOT), self.login(ALICE), self.login(BOB)
        self.ended = self.login(Capability(b"\xc0e"))
        self.ended.environment_free(self.environment(self.ended).id)
        self.ring_pages = [self.alice.page_allocate() for _ in range(2)]
        self.views = [self.alice.page_bind(page, True) for page in self.ring_pages]
        self.ring = self.alice.net_ring_create(self.ring_pages, SLOT, 0)
        self.reader = RingReader(self.views, SLOT)
        self.filter = self.alice.net_filter_insert(raw(IPV4), self.ring)
        self.page, self.spare = self.alice.page_allocate(), self.alice.page_allocate()
        self.secluded = self.alice.page_allocate()
        self.alice.region_create(self.secluded, 0, 8)
        self.buffer = self.alice.page_allocate()
        self.kernel.pages.enter_cache(self.environment(self.alice), self.buffer)
        self.handler = self.alice.net_handler_install(COUNTER, [self.page])
        self.alice.forge(0, 5, Capability(b"\xc0a", 0))
        self.alice.forge(0, 6, Capability(b"\xc0ax"))
        self.bob_ring, self.bob_reader = self.make_ring(self.bob)
        self.bob_filter = self.bob.net_filter_insert(raw(ARP), self.bob_ring)
        self.bob_handler = self.bob.net_handler_install(COUNTER, [self.bob.page_allocate()])

    def exhaust(self, sys: SystemCalls, resource: Resource) -> None:
        account = self.environment(sys).account
        account.limits[resource] = account.used[resource]

    def fill_ring(self) -> None:
        while self.network.rings[self.ring].has_room:
            self.alice.net_ring_put(self.ring, b"x")

    def fill_link(self) -> None:
        link = self.card.out
        assert link is not None
        while not link.is_full:
            link.send(b"x")


Action = Callable[[], object]
