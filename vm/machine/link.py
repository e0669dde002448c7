"""A link: frames go in at one end and come out at the other, later, and not always as they were sent.

In: frames. Out: the same frames at the times at which their last bit arrives; some of them lost, twice, or
behind others. What happens to one depends on the seed and on how many frames came before, on nothing else.

    send(frame) --wait for the line--> on the line, rate --latency--> deliver(frame)
                                           | loss: nothing arrives
                                           | duplication: it arrives again, `SPREAD` at most later
                                           | reordering: it arrives `SPREAD` at most late, others pass it

A frame on an Ethernet has 24 bytes that no card shows: preamble, check sequence and gap.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from vm.machine import costs
from vm.machine.clock import Clock

Deliver = Callable[[bytes], None]


@dataclass(frozen=True, slots=True)
class LinkParameters:
    """What kind of a link.

    Args:
        rate: bits per second; 0: the line takes no time.
        latency: cycles from one end to the other.
        loss, duplication, reordering: of so many frames in a million.
        seed: of the generator that chooses them.
        queue: frames that may wait for the line; one more is not accepted.
    """

    rate: int = costs.LINK_RATE
    latency: int = costs.LINK_LATENCY
    loss: int = 0
    duplication: int = 0
    reordering: int = 0
    seed: int = 0
    queue: int = 64


@dataclass(slots=True)
class LinkCounts:
    """What a link did.

    Attributes:
        sent: frames that it accepted; `refused`: that it did not, since too many waited.
        delivered: frames that arrived: sent - lost + duplicated, once the link is quiet.
        bytes: of the frames that were sent.
        lost, duplicated, reordered: see `LinkParameters`.
    """

    sent: int = 0
    refused: int = 0
    delivered: int = 0
    bytes: int = 0
    lost: int = 0
    duplicated: int = 0
    reordered: int = 0


MILLION = 1_000_000
SPREAD = 200 * costs.CYCLES_PER_MICROSECOND


class Link:
    """One direction of a link.

    Args:
        clock: of the machine at its end.
        parameters: see there.
        deliver: gets each frame when it arrives.

    Attributes:
        counts: what happened so far.
    """

    __slots__ = ("_clock", "_deliver", "_draw", "_free_at", "_parameters", "_waiting", "counts")

    def __init__(self, clock: Clock, parameters: LinkParameters, deliver: Deliver) -> None:
        self._clock = clock
        self._parameters = parameters
        self._deliver = deliver
        self._draw = Random(parameters.seed)
        self._free_at = 0
        self._waiting = 0
        self.counts = LinkCounts()

    @property
    def is_full(self) -> bool:
        """Whether no further frame would be accepted now."""
        return self._waiting >= self._parameters.queue

    @property
    def free_at(self) -> int:
        """When the line is free."""
        return max(self._free_at, self._clock.now)

    def send(self, frame: bytes) -> bool:
        """Take a frame; False: too many wait already, and it was not taken."""
        counts, parameters = self.counts, self._parameters
        if self.is_full:
            counts.refused += 1
            return False
        counts.sent += 1
        counts.bytes += len(frame)
        self._free_at = self.free_at + line_cycles(len(frame), parameters.rate)
        self._waiting += 1
        self._clock.schedule(self._free_at, self._leave)
        arrival = self._free_at + parameters.latency
        if self._happens(parameters.loss):
            counts.lost += 1
            return True
        if self._happens(parameters.reordering):
            counts.reordered += 1
            arrival += self._draw.randrange(1, SPREAD)
        self._arrive(arrival, frame)
        if self._happens(parameters.duplication):
            counts.duplicated += 1
            self._arrive(arrival + self._draw.randrange(1, SPREAD), frame)
        return True

    def _happens(self, in_a_million: int) -> bool:
        return in_a_million > 0 and self._draw.randrange(MILLION) < in_a_million

    def _leave(self) -> None:
        self._waiting -= 1

    def _arrive(self, when: int, frame: bytes) -> None:
        def arrive() -> None:
            self.counts.delivered += 1
            self._deliver(frame)

        self._clock.schedule(when, arrive)


def line_cycles(length: int, rate: int) -> int:
    """Return how long a frame of `length` bytes is on a line of `rate` bits per second."""
    if rate == 0:
        return 0
    padded = max(length, costs.SHORTEST_FRAME) + costs.FRAME_OVERHEAD
    return 8 * padded * costs.CYCLES_PER_SECOND // rate
