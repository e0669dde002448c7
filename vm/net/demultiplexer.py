"""The compiled classifier of one card: which filter a frame is for.

In: filters that come and go, frames. Out: the number of the filter that wins, or none. A change costs what
DPF's did (rows go into tables; a new shape is compiled), and between the change and the next frame everything
is compiled, so no frame waits for an interpreter and every run is the same.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from dpfc.answers import Answers, Engine
from dpfc.engine import Settings
from dpfc.formula import Filter, FilterId, Formula
from dpfc.live.live import Live
from dpfc.program import Labels, Mode
from runtime.diagnostic import Diagnostic, Refused
from runtime.load.batch import Messages
from runtime.load.native import native_available
from runtime.source import NOWHERE
from vm.net.limits import FILTER_NUMBERS
from vm.net.rivals import Rivals, read_conjunctions


class Demultiplexer:
    """All filters of a card.

    Args:
        mode: `specific`, or `all` where every accepting filter is wanted.
        engine: what runs the classifier; None: the fastest of this host.
        cache: a directory for verdicts and machine code; None: nothing is kept.

    Attributes:
        rivals: the same filters, to find those that overlap with a new one.
    """

    __slots__ = ("_cache", "_changed", "_engine", "_filters", "_live", "_mode", "_names", "_spans", "rivals")

    def __init__(self, mode: Mode, engine: Engine | None, cache: Path | None) -> None:
        self._mode, self._engine, self._cache = mode, engine, cache
        self._live: Live | None = None
        self._names, self._spans = [""], [NOWHERE]
        self._filters: dict[FilterId, Filter] = {}
        self._changed = False
        self.rivals = Rivals()

    def __len__(self) -> int:
        return len(self._filters)

    def get(self, number: FilterId) -> Filter:
        """Return a filter that is installed."""
        return self._filters[number]

    def prepare(self, formula: Formula, priority: int) -> Filter:
        """Return a filter with the number that the next one will have; nothing has changed.

        Raises:
            Refused: NET005 when there are no numbers left.
        """
        number = FilterId(len(self._names))
        if number >= FILTER_NUMBERS:
            raise Refused(Diagnostic("NET005", f"all {FILTER_NUMBERS} numbers have been given out"))
        return Filter(number, f"filter {number}", formula, priority or None)

    def insert(self, new: Filter) -> None:
        """Insert what `prepare` returned.

        Raises:
            Refused: DPF and CHK codes; nothing has changed.
        """
        live = self._start()
        self._names.append(new.name)
        self._spans.append(NOWHERE)
        try:
            live.insert(new)
        except Refused:
            self._names.pop()
            self._spans.pop()
            raise
        self._filters[new.id] = new
        self.rivals.add(new.id, read_conjunctions(new.formula))
        self._changed = True

    def delete(self, numbers: list[FilterId]) -> None:
        """Remove filters that are installed, at once."""
        if not numbers:
            return
        assert self._live is not None, "something is installed"
        for number in numbers:
            del self._filters[number]
            self.rivals.remove(number)
        self._live.delete(numbers)
        self._changed = True

    def classify(self, frame: bytes) -> tuple[FilterId, ...]:
        """Return the winner, or all that accept; none: nobody does."""
        if not self._filters:
            return ()
        assert self._live is not None, "something is installed"
        if self._changed:
            with suppress(Refused):  # what cannot be compiled is interpreted for good
                self._live.settle()
            self._changed = False
        return self._live.classify(frame)

    def classify_messages(self, messages: Messages) -> Answers:
        """Classify a batch of frames; something is installed, and nothing has changed since `classify`."""
        assert self._live is not None, "something is installed"
        return self._live.classify_messages(messages)

    def _start(self) -> Live:
        if self._live is None:
            engine = self._engine or ("native" if native_available() else "interpreter")
            settings = Settings(self._mode, engine, self._cache)
            self._live = Live((), (), settings, Labels(self._names, self._spans))
        return self._live
