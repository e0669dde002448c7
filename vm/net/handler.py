"""A handler in the kernel: proved code, and the pages of its owner that it may touch.

In: a frame. Out: what the handler did. It runs in its owner's addressing context: its memory is these pages
and nothing else, whoever's turn it is. The pages are pinned, so what it was proved for is there when it runs.

An emulation cannot map pages side by side: where there are several, they are copied together before a run,
and back after it unless it aborted. No virtual time is charged for that, nor for the copy of each frame that
the handler may change.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from runtime.handler.result import Outcome
from vm.machine import costs
from vm.machine.memory import PAGE, Memory
from vm.xok.environment import Environment

if TYPE_CHECKING:
    from runtime.handler.engine import Loaded


@dataclass(slots=True)
class HandlerCounts:
    """What a handler did.

    Attributes:
        runs: = consumed + delivered + aborted - recovered; `skipped`: messages longer than it takes.
        aborted: by why: the check that failed; `recovered`: those that its abort part consumed or delivered.
        sent, wakes: that it asked for and got; `refused`: effects that it did not get.
        cycles: of all runs.
    """

    runs: int = 0
    consumed: int = 0
    delivered: int = 0
    aborted: dict[str, int] = field(default_factory=dict)
    recovered: int = 0
    skipped: int = 0
    sent: int = 0
    wakes: int = 0
    refused: int = 0
    cycles: int = 0


class Handler:
    """A handler.

    Args:
        owner: who pays.
        loaded: what runs.
        pages: of the owner, pinned; together at least what it declares.
        memory: of the machine.
    """

    __slots__ = ("_attached", "_frames", "_together", "counts", "loaded", "owner", "pages")

    def __init__(self, owner: Environment, loaded: Loaded, pages: tuple[int, ...], memory: Memory) -> None:
        self.owner, self.loaded, self.pages = owner, loaded, pages
        self.counts = HandlerCounts()
        frames = [memory.frame(page) for page in pages]
        self._frames = frames if len(frames) > 1 else []
        self._together = frames[0] if len(frames) == 1 else bytearray(PAGE * len(frames))
        self._attached = loaded.attach(memoryview(self._together)[: self.size])

    @property
    def name(self) -> str:
        """What its author calls it."""
        return self.loaded.installed.handler.name

    @property
    def size(self) -> int:
        """Bytes of memory that it declares."""
        return self.loaded.installed.handler.memory

    def run(self, frame: bytes, now: int) -> tuple[Outcome, int]:
        """Run it on a copy of a frame; return what it did, and the cycles that took."""
        outcome = self._run_together(frame, now) if self._frames else self._attached.run(frame, now)
        effects = len(outcome.sends) + len(outcome.wakes) + outcome.refused
        cycles = costs.HANDLER_CALL + costs.HANDLER_INSTRUCTION * outcome.charged
        return outcome, cycles + costs.HANDLER_EFFECT * effects

    def why(self, outcome: Outcome) -> str:
        """Return why a run aborted, in the words of the program."""
        checks = self.loaded.installed.handler.checks
        if outcome.check is None or outcome.check >= len(checks):
            return "abort"
        check = checks[outcome.check]
        return f"{check.kind}: {check.text}" if check.text else check.kind

    def _run_together(self, frame: bytes, now: int) -> Outcome:
        for number, page in enumerate(self._frames):
            self._together[number * PAGE : (number + 1) * PAGE] = page
        outcome = self._attached.run(frame, now)
        if outcome.verdict != "aborted":
            for number, page in enumerate(self._frames):
                page[:] = self._together[number * PAGE : (number + 1) * PAGE]
        return outcome
