"""The records of the network: what the kernel knows of each filter and of each card.

In: nothing. Out: records; the rules are in `filters.py` and `receive.py`.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field

from dpfc.formula import Filter, FilterId
from vm.machine.card import Card
from vm.net.counts import CardCounts, FilterCounts
from vm.net.demultiplexer import Demultiplexer
from vm.net.fragments import Fragments
from vm.net.handler import Handler
from vm.net.ring import Ring
from vm.xok.capability import Capability
from vm.xok.environment import Environment


@dataclass(slots=True, eq=False)
class Installed:
    """A filter.

    Args:
        number: as all environments know it.
        owner: to whom it is charged.
        port: the card whose frames it sees.
        filter: in the classifier of that card.
        guard: who dominates this may take messages from it, delete it, route it.
        ring: where messages go; None: nowhere, they are dropped.
        handler: what runs first; None: nothing.
    """

    number: int
    owner: Environment
    port: Port
    filter: Filter
    guard: Capability
    ring: Ring | None
    handler: Handler | None = None
    counts: FilterCounts = field(default_factory=FilterCounts)


@dataclass(slots=True, eq=False)
class Port:
    """A card in the kernel.

    Attributes:
        demultiplexer: the classifier of its filters; `later`: that of their families of fragments.
        filters: by their number in the classifier.
    """

    card: Card
    demultiplexer: Demultiplexer
    later: Demultiplexer
    fragments: Fragments = field(default_factory=Fragments)
    filters: dict[FilterId, Installed] = field(default_factory=dict)
    counts: CardCounts = field(default_factory=CardCounts)

    def summary(self) -> dict[str, int]:
        """Return what was counted, frames held back now, and filters that are installed."""
        return {**asdict(self.counts), "held": self.fragments.held, "filters": len(self.filters)}

    def give_up(self, now: int) -> None:
        """Count what would be held back no longer at `now`."""
        self.counts.expired += self.fragments.expire(now)

    def send(self, frame: bytes) -> bool:
        """Give a frame to the card; False: its link has no room."""
        if self.card.send(frame):
            self.counts.sent += 1
            return True
        self.counts.refused += 1
        return False
