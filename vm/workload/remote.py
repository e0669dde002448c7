"""A server on a kernel, and a client at the other end of a link.

In: how many processes run beside the server, and whether a handler answers. Out: round trips in virtual time.
The client is a station without a kernel: it answers a reply with the next request after the time that a user
program on this machine takes for that.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ashc.program import compile_program
from dpfc.formula import And, Field, Start, Test
from runtime.handler.form import encode_handler
from vm.machine import costs
from vm.machine.card import Card
from vm.machine.link import Link, LinkParameters, line_cycles
from vm.machine.machine import make_machine
from vm.machine.store import MemoryStore
from vm.net.download import Download
from vm.net.form import encode_filter
from vm.net.network import Network
from vm.net.reader import RingReader
from vm.net.start import start_network
from vm.xok.capability import ROOT
from vm.xok.kernel import Kernel
from vm.xok.syscalls import SystemCalls

REQUEST = bytes(12) + b"\x90\x00" + (1).to_bytes(4, "big") + bytes(42)
FILTER = encode_filter(Download(And((Test(Field(Start(), 96, 16), ((0x9000, 0x9000),)),))))
CLIENT = (
    costs.NET_INTERRUPT + costs.DEMULTIPLEX + costs.CONTEXT_SWITCH + 3 * costs.SYSTEM_CALL + costs.NET_START
)
WIRE = line_cycles(len(REQUEST), costs.LINK_RATE) + costs.LINK_LATENCY
OUTSIDE = (CLIENT + 2 * WIRE) / costs.CYCLES_PER_MICROSECOND
"""Microseconds of a round trip that are not the server's."""

_SOURCE = Path(__file__).with_suffix(".ash")
_SLOT = 2048
_WORD = 0
_SPIN = 5_000


@dataclass(slots=True)
class _Client:
    """Sends requests, one after the other.

    Attributes:
        trips: cycles from each request to its reply.
    """

    kernel: Kernel
    link: Link
    rounds: int
    trips: list[int] = field(default_factory=list)
    started: int = 0

    @property
    def is_done(self) -> bool:
        """Whether it has all replies."""
        return len(self.trips) >= self.rounds

    def begin(self) -> None:
        """Send the first request: the server is ready."""
        self.kernel.clock.schedule(self.kernel.clock.now + CLIENT, self.ask)

    def ask(self) -> None:
        """Send a request."""
        self.started = self.kernel.clock.now
        self.link.send(REQUEST)

    def answer(self, frame: bytes) -> None:
        """Take a reply."""
        self.trips.append(self.kernel.clock.now - self.started + CLIENT)
        if not self.is_done:
            self.kernel.clock.schedule(self.kernel.clock.now + CLIENT, self.ask)


def compile_forms(cache: Path | None) -> Mapping[str, bytes]:
    """Return the handlers of `remote.ash` in download form, by name."""
    handlers = compile_program(str(_SOURCE), cache=cache).handlers
    return {name: encode_handler(handler) for name, handler in handlers.items()}


def measure_trips(handler: bytes | None, processes: int, rounds: int, cache: Path | None = None) -> float:
    """Return the mean round trip in microseconds.

    Args:
        handler: answers; None: the server's program does, once it runs.
        processes: that want to run on the server's machine, the server among them.
        rounds: requests.
        cache: for proofs and machine code.
    """
    kernel = Kernel(make_machine(MemoryStore(2048)))
    card = Card()
    client = _Client(kernel, Link(kernel.clock, LinkParameters(), card.receive), rounds)
    card.out = Link(kernel.clock, LinkParameters(), client.answer)
    start_network(kernel, [card], cache=cache)
    kernel.spawn(_serve(handler, client), ROOT)
    for _ in range(processes - 1):
        kernel.spawn(lambda sys: _spin(sys, client), ROOT)
    kernel.run()
    while not client.is_done and kernel.clock.run_next():
        kernel.run()
    kernel.halt()
    assert client.is_done, "a reply is missing"
    return sum(client.trips) / rounds / costs.CYCLES_PER_MICROSECOND


def _serve(handler: bytes | None, client: _Client) -> Callable[[SystemCalls], None]:
    def program(sys: SystemCalls) -> None:
        page = sys.page_allocate()
        reader = RingReader([sys.page_bind(page, True)], _SLOT)
        number = sys.net_filter_insert(FILTER, sys.net_ring_create([page], _SLOT, _WORD))
        if handler is not None:
            sys.net_filter_bind(number, sys.net_handler_install(handler, [sys.page_allocate()]))
        client.begin()
        while True:
            seen = sys.area.words[_WORD]
            found = reader.take()
            if found is None:
                sys.sleep((((_WORD, "!=", seen),),))
            else:
                sys.compute(costs.copy_cycles(len(found[0])))
                sys.net_send(found[0])

    return program


def _spin(sys: SystemCalls, client: _Client) -> None:
    while not client.is_done:
        sys.compute(_SPIN)


def make_direct(cache: Path | None = None) -> tuple[Card, Network, SystemCalls]:
    """Return a card without a link in: frames are handed to it, and what is sent arrives nowhere."""
    kernel = Kernel(make_machine(MemoryStore(2048)))
    card = Card()
    card.out = Link(kernel.clock, LinkParameters(rate=0, queue=1 << 40), lambda frame: None)
    network = start_network(kernel, [card], cache=cache)
    return card, network, kernel.enter(kernel.create(ROOT))
