"""What happens to a frame, from the interrupt to where it ends.

In: a frame and the card that it came on. Out: it is consumed by a handler, in a ring, held back, or counted
as dropped or unclaimed; nothing else can happen to it.

    interrupt -> recorded state? -> classifier -> nobody: held back (a later fragment), or unclaimed
                      |                 |
                      +-----> filter <--+  first fragment: recorded; those that waited follow it
                                |
                          handler? --consumed--> end        its sends and wakes are carried out
                                |--delivered, aborted-----> ring --full--> dropped

All of it is an interrupt: it runs whoever's turn it is, at the cost of whoever the frame is for.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from runtime.handler.result import Outcome
from vm.machine import costs
from vm.machine.clock import Clock
from vm.net.handler import Handler
from vm.net.tables import Installed, Port
from vm.xok.environment import Environment
from vm.xok.limits import AREA_WORDS

WorkFor: TypeAlias = Callable[[Environment, int], None]


class Receiver:
    """The way in.

    Args:
        clock: the machine's.
        work_for: lets time pass at the cost of an environment, whoever runs.
        kernel: the environment that pays for frames that are nobody's.
    """

    __slots__ = ("_clock", "_kernel", "_work_for")

    def __init__(self, clock: Clock, work_for: WorkFor, kernel: Environment) -> None:
        self._clock = clock
        self._work_for = work_for
        self._kernel = kernel

    def receive(self, port: Port, frame: bytes) -> None:
        """Do all that there is to do with a frame."""
        counts, fragments = port.counts, port.fragments
        counts.received += 1
        counts.bytes += len(frame)
        counts.expired += fragments.expire(self._clock.now)
        cost = costs.NET_INTERRUPT + costs.DEMULTIPLEX
        if not fragments.families:
            found = port.demultiplexer.classify(frame)
            if found:
                self._accept(port.filters[found[0]], frame, cost)
            else:
                counts.unclaimed += 1
                self._work_for(self._kernel, cost)
            return
        self._receive_with_state(port, frame, cost + costs.DEMULTIPLEX)

    def _receive_with_state(self, port: Port, frame: bytes, cost: int) -> None:
        fragments, now = port.fragments, self._clock.now
        wanted = fragments.keys(frame, port.later.classify(frame))
        recorded = fragments.find(wanted, now)
        if recorded is not None:
            installed = port.filters[recorded]
            installed.counts.fragments += 1
            self._accept(installed, frame, cost)
            return
        found = port.demultiplexer.classify(frame)
        if not found:
            if not wanted:
                port.counts.unclaimed += 1
            elif not fragments.hold(frame, wanted, now):
                port.counts.expired += 1
            self._work_for(self._kernel, cost)
            return
        installed = port.filters[found[0]]
        if not fragments.has_state(found[0]):
            self._accept(installed, frame, cost)
            return
        is_first, forgotten, waiting = fragments.record(found[0], frame, now)
        installed.counts.recorded += is_first
        installed.counts.forgotten += forgotten
        installed.counts.fragments += len(waiting)
        self._accept(installed, frame, cost)
        for each in waiting:
            self._accept(installed, each, 0)

    def _accept(self, installed: Installed, frame: bytes, cost: int) -> None:
        """Give a frame to a filter, at the cost of its owner."""
        counts = installed.counts
        counts.messages += 1
        counts.bytes += len(frame)
        handler = installed.handler
        if handler is not None:
            self._charge(installed, installed.owner, cost)
            if self._handle(installed, handler, frame):
                counts.consumed += 1
                return
            cost = 0
        self._charge(installed, installed.owner, cost + costs.RING_ENTRY + costs.copy_cycles(len(frame)))
        if installed.ring is not None and installed.ring.offer(frame, installed.number):
            counts.delivered += 1
        else:
            counts.dropped += 1

    def _handle(self, installed: Installed, handler: Handler, frame: bytes) -> bool:
        """Run a handler; return whether it consumed the frame."""
        counts = handler.counts
        outcome, cycles = handler.run(frame, self._clock.now)
        if outcome.verdict == "too long":
            counts.skipped += 1
            return False
        counts.runs += 1
        counts.cycles += cycles
        self._charge(installed, handler.owner, cycles)
        if outcome.check is not None or outcome.verdict == "aborted":
            why = handler.why(outcome)
            counts.aborted[why] = counts.aborted.get(why, 0) + 1
            counts.recovered += outcome.verdict != "aborted"
            installed.counts.aborted[why] = installed.counts.aborted.get(why, 0) + 1
        self._carry_out(installed, handler, outcome)
        if outcome.verdict == "consumed":
            counts.consumed += 1
            return True
        counts.delivered += outcome.verdict == "delivered"
        return False

    def _carry_out(self, installed: Installed, handler: Handler, outcome: Outcome) -> None:
        """Send and wake as the handler asked."""
        refused = outcome.refused
        for frame in outcome.sends:
            self._charge(installed, handler.owner, costs.NET_START + costs.copy_cycles(len(frame)))
            if installed.port.send(frame):
                handler.counts.sent += 1
                installed.counts.sent += 1
            else:
                refused += 1
        words = handler.owner.words
        for number in outcome.wakes:
            if number < AREA_WORDS:
                words[number] = words[number] + 1 & 0xFFFF_FFFF_FFFF_FFFF
                handler.counts.wakes += 1
                installed.counts.wakes += 1
            else:
                refused += 1
        handler.counts.refused += refused
        installed.counts.refused += refused

    def _charge(self, installed: Installed, payer: Environment, cycles: int) -> None:
        installed.counts.cycles += cycles
        self._work_for(payer, cycles)
