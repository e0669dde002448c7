"""The filters of one link type while they come and go.

In: filters at the start, then insertions and deletions. Out: a classifier that always answers for exactly the
filters that are in it. Rows of shapes that are compiled go into tables and are native at once. A filter of a
new shape is interpreted beside the compiled program until a thread has compiled all of them together; then
the new program takes the old one's place, by one assignment: who classifies sees the one or the other.

    insert(row of a known shape)    tables change, in microseconds
    insert(new shape)               delta: interpreted ----> compiled with the rest, in the background
    delete(row)                     tables change
    delete(other)                   compiled without it before `delete` returns
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from threading import Lock, Thread, current_thread
from typing import TYPE_CHECKING, TypeAlias

from dpfc.answers import Answers
from dpfc.engine import Loaded, Settings, iterate_messages
from dpfc.formula import Filter, FilterId
from dpfc.live.state import State, Tabled
from dpfc.naive import accepts
from dpfc.program import Labels, build_program, find_winner, prove_program, require_decided
from dpfc.shapes.shape import Rows, Shape
from runtime.diagnostic import Refused
from runtime.load.batch import Messages

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from typing_extensions import Buffer

    from dpfc.shapes.shape import Numbers


@dataclass(frozen=True, slots=True)
class _View:
    """What a reader sees: a compiled program, and filters that are not in it yet."""

    state: State
    delta: tuple[Filter, ...]


@dataclass(frozen=True, slots=True)
class _Decision:
    """What is known of a new filter that is in conflict with none.

    Args:
        ordered: whether it wins and loses in the order in which the compiled program asks.
        wins: whether it wins against each filter that it may be compared with, where these are all that there
            is to know of its place in the winning order; None: all filters must be related.
    """

    ordered: bool
    wins: Mapping[FilterId, bool] | None


Change: TypeAlias = Callable[[State], "Filter | None"]
"""Repeats on a new state what was done to the old one; returns a filter that the new one has no table for."""


_FEW = 16
"""So many filters are compared with a new one in pairs."""


class Live:
    """A classifier for one link type whose filters come and go.

    One thread changes it at a time, any number classify; nobody who classifies waits.
    """

    def __init__(
        self,
        filters: Sequence[Filter],
        rows: Sequence[Rows],
        settings: Settings,
        labels: Labels,
    ) -> None:
        self._settings, self._mode, self._labels = settings, settings.mode, labels
        self._view = _View(self._compile(filters, rows), ())
        self._lock = Lock()
        self._thread: Thread | None = None
        self._log: list[Change] = []
        self._dropped: set[FilterId] = set()
        self._failure: Refused | None = None
        self._order: tuple[FilterId, ...] | None = None
        self._winners: dict[tuple[FilterId, FilterId], FilterId] = {}

    @property
    def loaded(self) -> Loaded:
        """The compiled program, without the filters that are still interpreted."""
        return self._view.state.loaded

    def classify(self, message: Buffer) -> tuple[FilterId, ...]:
        """Return the numbers of the filters that accept `message`, ascending; see `Classifier.classify`."""
        view = self._view
        found = view.state.loaded.classify(message)
        return self._join(view, found, bytes(message)) if view.delta else found

    def classify_messages(self, messages: Messages) -> Answers:
        """Classify a batch: each message by the rows of its moment, all by the same shapes."""
        view = self._view
        answers = view.state.loaded.classify_messages(messages)
        if not view.delta:
            return answers
        ids, counts = array("I"), array("I")
        place = 0
        for number, message in enumerate(iterate_messages(messages)):
            size = answers.counts[number] if self._mode == "all" else 1
            found = tuple(FilterId(one) for one in answers.ids[place : place + size] if one)
            place += size
            joined = self._join(view, found, message)
            ids.extend(joined if self._mode == "all" else joined or (FilterId(0),))
            counts.append(len(joined))
        return Answers(ids, counts if self._mode == "all" else array("I"))

    def insert(self, new: Filter) -> None:
        """Insert a filter.

        Raises:
            Refused: DPF07x when it is not clear who wins, CHK codes when it is not safe, TAB011 when a table
                is full; nothing has changed.
        """
        with self._lock:
            tabled = self._view.state.read_rows(new)
            decision = self._require_decided(new, tabled)
            if tabled is None or not decision.ordered or not self._insert_rows(tabled, lambda: new):
                prove_program(
                    build_program((new,), "first"), self._settings.cache
                )  # what is unsafe is refused now
                if decision.wins is not None:
                    self._order = self._view.state.place_new(new, decision.wins)
                self._view = _View(self._view.state, (*self._view.delta, new))
                self._start()

    def insert_rows(self, new: Tabled, describe: Callable[[], Filter]) -> None:
        """Insert a filter that is given as rows; otherwise as `insert`.

        Args:
            new: its rows, with shapes from `intern`.
            describe: writes the same filter out, should that be needed.
        """
        with self._lock:
            state = self._view.state
            doubtful = self._mode == "specific" and (
                self._view.delta or next(state.find_suspects(new.rows), None) is not None
            )
            if not doubtful and self._insert_rows(new, describe):
                return
        self.insert(describe())

    def insert_many(
        self, shape: Shape, columns: Sequence[Numbers], ids: NDArray[np.uint32], priority: int
    ) -> bool:
        """Insert many filters of one row each; False, and nothing has changed, where each must be looked at.

        Raises:
            Refused: TAB011 when the table is full; nothing has changed.
        """
        with self._lock:
            busy = self._thread is not None
            return not busy and self._view.state.insert_many(shape, columns, ids, priority)

    def intern(self, shape: Shape) -> Shape:
        """Return the shape of a table that equals `shape`, or `shape`."""
        return self._view.state.intern(shape)

    def delete(self, numbers: Sequence[FilterId]) -> None:
        """Remove filters, all of which are there. When this returns, none of them is an answer any more.

        Raises:
            Refused: the others could not be compiled without those that are no rows.
        """
        with self._lock:
            state, gone = self._view.state, set(numbers)
            self._order = None
            self._view = _View(state, tuple(one for one in self._view.delta if one.id not in gone))
            state.delete(numbers)
            self._note(lambda later: later.delete(numbers))
            compiled = gone & state.others.keys()
            if self._thread is not None or compiled:
                self._dropped |= gone
                self._start()
            thread = self._thread
        if compiled and thread is not None:
            thread.join()
            if self._failure is not None:
                raise self._failure

    def settle(self) -> None:
        """Wait until everything is compiled.

        Raises:
            Refused: it could not be; the filters concerned are interpreted for good.
        """
        with self._lock:
            thread = self._thread
        if thread is not None:
            thread.join()
        if self._failure is not None:
            raise self._failure

    def _insert_rows(self, new: Tabled, describe: Callable[[], Filter]) -> bool:
        if not self._view.state.insert(new):
            return False
        self._note(lambda later: None if later.insert(new) else describe())
        return True

    def _note(self, change: Change) -> None:
        if self._thread is not None:
            self._log.append(change)

    def _start(self) -> None:
        if self._thread is None:
            self._log.clear()
            self._thread = Thread(target=self._run, name="dpfc compiles", daemon=True)
            self._thread.start()

    def _run(self) -> None:
        """Recompile in a thread of its own; however that ends, another may be started later."""
        try:
            self._recompile()
        finally:
            with self._lock:
                if self._thread is current_thread():
                    self._thread = None

    def _recompile(self) -> None:
        """Compile until nothing is interpreted."""
        while True:
            with self._lock:
                view = self._view
                filters = [
                    one for one in (*view.state.others.values(), *view.delta) if one.id not in self._dropped
                ]
                if len(filters) == len(view.state.others) and not view.delta:
                    self._thread = None
                    return
                rows, order = view.state.rows(), self._order
                self._log.clear()
            try:
                state = self._compile(filters, rows, order)
            except Refused as refusal:  # what each filter may be refused for was found when it was inserted
                with self._lock:
                    self._failure, self._thread = refusal, None
                return
            with self._lock:
                self._replace(state, {one.id for one in filters})

    def _replace(self, state: State, compiled: set[FilterId]) -> None:
        """Put `state` in the place of the present one, unless it has filters that are gone meanwhile."""
        left = [one for one in (change(state) for change in self._log) if one is not None]
        if not self._dropped & state.others.keys():
            delta = [one for one in self._view.delta if one.id not in compiled]
            self._view = _View(state, (*delta, *left))
            self._dropped.clear()

    def _compile(
        self, filters: Sequence[Filter], rows: Sequence[Rows], order: Sequence[FilterId] | None = None
    ) -> State:
        return State(filters, rows, self._settings, self._labels, order)

    def _require_decided(self, new: Filter, tabled: Tabled | None) -> _Decision:
        """Refuse a filter of mode specific that is in conflict with another."""
        self._order = None
        if self._mode != "specific":
            return _Decision(True, None)
        state = self._view.state
        suspects = state.list_suspects(new, tabled)
        names = self._labels.names
        others = [state.describe(number, names[number]) for number in suspects[: _FEW + 1]]
        ranked = new.priority or any(other.priority for other in (*others, *self._view.delta))
        if len(suspects) > _FEW or (ranked and suspects):  # many at once, or a circle of priorities
            require_decided((*state.others.values(), *self._view.delta, new), state.rows(), self._labels)
            return _Decision(False, None)
        rivals = (*others, *self._view.delta)
        wins = {other.id: find_winner(other, new) is new for other in rivals}
        ordered = tabled is not None and all(state.wins_as_asked(tabled, *each) for each in wins.items())
        return _Decision(ordered, None if self._view.delta or ranked else wins)

    def _join(self, view: _View, found: Sequence[FilterId], message: bytes) -> tuple[FilterId, ...]:
        """Return the answer for a message that the compiled program answers with `found`."""
        also = [one for one in view.delta if accepts(one.formula, message)]
        if not also:
            return tuple(found)
        if self._mode == "all":
            return tuple(sorted((*found, *(one.id for one in also))))
        if self._mode == "first":
            return (min((*found, *(one.id for one in also))),)
        best = also[0]
        for one in (
            *also[1:],
            *(view.state.describe(number, self._labels.names[number]) for number in found),
        ):
            best = self._choose(best, one)
        return (best.id,)

    def _choose(self, first: Filter, second: Filter) -> Filter:
        """Return which of two filters wins; remembered, since an interpreted filter meets many messages."""
        key = (first.id, second.id)
        if key not in self._winners:
            self._winners[key] = find_winner(first, second).id
        return first if self._winners[key] == first.id else second
