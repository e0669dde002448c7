"""A handler in the kernel: proved code, and the pages of its owner that it may touch.

In: a frame. Out: what the handler did. It runs in its owner's addressing context: its memory is these pages
and nothing else, whoever's turn it is. The pages are pinned, so what it was proved for is there when it runs.

An emulation cannot map pages side by side: where there are several, they are copied together before a run,
and back after it unless it aborted. No virtual time is charged for that.
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

    __slots__ = ("_memory", "_view", "counts", "loaded", "owner", "pages")

    def __init__(self, owner: Environment, loaded: Loaded, pages: tuple[int, ...], memory: Memory) -> None:
        self.owner, self.loaded, self.pages = owner, loaded, pages
        self._memory = memory
        self.counts = HandlerCounts()
        size = self.size
        self._view = memoryview(memory.frame(pages[0]))[:size] if size and len(pages) == 1 else None

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
        message = bytearray(frame)
        if self._view is not None:
            outcome = self.loaded.run(message, self._view, now)
        elif not self.size:
            outcome = self.loaded.run(message, b"", now)
        else:
            outcome = self._run_together(message, now)
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

    def _run_together(self, message: bytearray, now: int) -> Outcome:
        frames = [self._memory.frame(page) for page in self.pages]
        memory = bytearray(b"".join(frames))
        outcome = self.loaded.run(message, memoryview(memory)[: self.size], now)
        if outcome.verdict != "aborted":
            for number, frame in enumerate(frames):
                frame[:] = memory[number * PAGE : (number + 1) * PAGE]
        return outcome
