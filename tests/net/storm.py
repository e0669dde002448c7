"""Random and mutated packets through card, classifier, handlers and rings; everything is checked as it goes.

In: a seed and a number of packets. Out: nothing, or the assertion that failed. For each packet: a handler
that aborts has changed none of its memory; at the end the counters add up.
"""

from __future__ import annotations

import random
from pathlib import Path

from dpfc.answers import Engine
from dpfc.capture.reader import read_packets
from tests.net.compile import form_of
from tests.net.handlers import INCREMENT, WAKER
from tests.net.host import HANDLERS, form_in
from tests.net.world import Machine
from vm.net.reader import RingReader
from vm.xok.capability import Capability

QUEUE = form_in(HANDLERS / "queue.ash", "queue")
EXAMPLES = Path(__file__).parents[2] / "examples"
FILTERS = (
    ("tcp", INCREMENT),
    ("udp", INCREMENT),
    ("udp.dport == 53", QUEUE),
    ("arp", WAKER),
    ("vlan", None),
    ("ipv4.fragment_offset > 0", None),
)


class Storm(Machine):
    """A machine with some of everything."""

    def __init__(self, engine: Engine | None = None) -> None:
        super().__init__(pages=512, engine=engine, queue=1 << 30)
        self.aborts = 0
        self.readers: list[RingReader] = []
        user = self.login(Capability(b"\xc0"))
        for text, form in FILTERS:
            ring, reader = self.make_ring(user, pages=2, slot=1024)
            number = user.net_filter_insert(form_of(text), ring)
            if form is not None:
                pages = [user.page_allocate() for _ in range({WAKER: 0, QUEUE: 3}.get(form, 1))]
                user.net_filter_bind(number, user.net_handler_install(form, pages))
            self.readers.append(reader)
        self.memories = [
            (handler, self.kernel.memory.frame(page))
            for handler in self.network.handlers.values()
            for page in handler.pages
        ]

    def step(self, frame: bytes) -> None:
        """Let a frame arrive, and see that no aborted handler has changed anything."""
        before = [(sum(each.counts.aborted.values()), bytes(memory)) for each, memory in self.memories]
        self.card.receive(frame)
        for (handler, memory), (aborted, content) in zip(self.memories, before, strict=True):
            if sum(handler.counts.aborted.values()) != aborted:
                self.aborts += 1
                assert memory == content, frame.hex()

    def drain(self) -> int:
        """Take everything out of the rings."""
        count = 0
        for reader in self.readers:
            while reader.take() is not None:
                count += 1
        return count

    def check(self, packets: int, taken: int) -> None:
        """See that every packet is in exactly one sum."""
        card = self.network.ports[0].summary()
        filters = [each.counts for each in self.network.filters.table.values()]
        assert card["received"] == packets
        assert card["received"] == card["unclaimed"] + sum(each.messages for each in filters)
        assert all(each.messages == each.consumed + each.delivered + each.dropped for each in filters)
        assert taken == sum(each.delivered for each in filters)
        for handler in self.network.handlers.values():
            counts = handler.counts
            ends = counts.consumed + counts.delivered + sum(counts.aborted.values()) - counts.recovered
            assert counts.runs == ends
        sent = sum(handler.counts.sent for handler in self.network.handlers.values())
        assert self.card.sent == card["sent"] == sent == len(self.sent)


def make_packets(seed: int) -> list[bytes]:
    """Packets to mutate: those of the shipped captures."""
    paths = sorted((EXAMPLES / "captures").glob("*.pcap"))
    return [bytes(packet.data) for path in paths for packet in read_packets(path)]


def run_storm(packets: int, seed: int, engine: Engine | None = None) -> Storm:
    """Send so many packets, a quarter of them mere noise."""
    draw, storm = random.Random(seed), Storm(engine)
    models, taken = make_packets(seed), 0
    for number in range(packets):
        if draw.random() < 0.25:
            frame = draw.randbytes(draw.randrange(0, 200))
        else:
            mutated = bytearray(models[draw.randrange(len(models))])
            for _ in range(draw.randrange(4)):
                mutated[draw.randrange(min(64, len(mutated)))] = draw.randrange(256)
            if draw.random() < 0.2:
                del mutated[draw.randrange(len(mutated)) :]
            elif draw.random() < 0.1:
                mutated[14:18] = bytes(4)
            frame = bytes(mutated)
        storm.step(frame)
        if number % 64 == 63 and draw.random() < 0.8:
            taken += storm.drain()
    storm.settle()
    storm.check(packets, taken + storm.drain())
    return storm
