"""Replaying captures: their packets go over a link to a card.

In: a capture and a link. Out: its packets on that link, at the times at which they were captured (counted
from the first), or as fast as the link takes them. Nothing is lost on the way: while the link has no room,
the replay waits. Only the next packet is ever scheduled, so a capture of any length takes no more memory than
a short one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from itertools import chain
from pathlib import Path

from dpfc.capture.reader import Packet, read_packets
from vm.machine import costs
from vm.machine.clock import Clock
from vm.machine.link import Link
from vm.scenario.nodes import ReplayDescription


@dataclass(slots=True)
class ReplayCounts:
    """What a replay did: packets sent, and those of other link types than the card's, which were not."""

    packets: int = 0
    other: int = 0


class Replay:
    """A capture on its way.

    Args:
        clock: the machine's.
        link: to the card.
        link_type: of the card.
        description: which capture.

    Attributes:
        counts: so far.
        is_done: nothing is left.
        number: of the packet that was sent last, from 1; 0: none yet.
    """

    def __init__(self, clock: Clock, link: Link, link_type: int, description: ReplayDescription) -> None:
        self._clock, self._link, self._link_type = clock, link, link_type
        self._recorded = description.timing == "recorded"
        self._packets: Iterator[Packet] = read_packets(description.file)
        self._begin = self._first = 0
        self.counts = ReplayCounts()
        self.is_done = False
        self.number = 0

    def start(self) -> None:
        """Send the first packet now, and the others after it."""
        first = next(self._packets, None)
        if first is None:
            self.is_done = True
            return
        self._begin, self._first = self._clock.now, first.timestamp_ns
        self._packets = chain((first,), self._packets)
        self._go_on()

    def _go_on(self) -> None:
        """Schedule the next packet of the card's link type."""
        for packet in self._packets:
            if packet.link_type == self._link_type:
                send = partial(self._send, packet.number, bytes(packet.data))
                self._clock.schedule(self._time_of(packet), send)
                return
            self.counts.other += 1
        self.is_done = True

    def _time_of(self, packet: Packet) -> int:
        if not self._recorded:
            return self._clock.now
        late = max(0, packet.timestamp_ns - self._first) * costs.CYCLES_PER_MICROSECOND // 1000
        return max(self._clock.now, self._begin + late)

    def _send(self, number: int, data: bytes) -> None:
        if self._link.is_full:
            self._clock.schedule(self._link.free_at, partial(self._send, number, data))
            return
        self.number = number
        self._link.send(data)
        self.counts.packets += 1
        self._go_on()


def find_link_type(file: Path) -> int | None:
    """Return the link type of a capture's first packet; None: it has no packet."""
    first = next(read_packets(file), None)
    return None if first is None else first.link_type
