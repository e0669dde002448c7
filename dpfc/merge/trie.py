"""The decision trie: filters merged so that each field is looked at once, whatever the number of filters.

In: filters as nodes of a `boolean.Pool`. Out: a `Trie` of decisions in message order. The paper's trie of
atoms has one atom a node and tries siblings in turn; here siblings that look at the same subject are one
`Decide`, so that the lowering can choose a compare, a search or a table for them.

    web { tcp.dport == 80 }          Decide room(start) >= 24
    ssh { tcp.dport == 22 }            Decide ethernet.type  {0x800} ->
                                         Decide ipv4.protocol  {6} -> ...
                                           Decide tcp.dport  {22} -> Accept ssh  {80} -> Accept web

The merge follows all undecided filters at once: a state is the set of filters not yet decided, each with what
is left of its formula. Equal states are one trie node. Where that would be larger than two halves by
themselves, the halves are asked one after the other; a single filter that grows too large is evaluated as
written.

Source: Engler and Kaashoek, SIGCOMM 1996 (filter merging); the states are an interval decision diagram's.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal, NewType, TypeAlias

from dpfc.formula import Field, FilterId, ValueSet
from dpfc.merge.boolean import FALSE, TRUE, NodeId, Pool
from dpfc.merge.need import Room, list_needs
from dpfc.merge.path import list_pieces

Mode: TypeAlias = Literal["first", "all"]
"""first: the answer is the accepting filter that comes first; all: every accepting filter."""

Rank = NewType("Rank", int)
"""The place of a filter in the order in which filters win."""

MAX_NODES = 2000
"""The largest trie, counted as the tree that the lowering writes out."""

MAX_DEPTH = 100
"""The most decisions one after the other: making and writing a trie recurses that deep."""

SMALL = 200
"""A trie up to this size is merged even where its parts would be smaller by themselves."""


@dataclass(frozen=True, slots=True)
class Done:
    """Nothing more can accept."""


@dataclass(frozen=True, slots=True)
class Accept:
    """`filters` accept; then go on (in mode first there is one filter, and it is the answer)."""

    filters: tuple[FilterId, ...]
    then: Trie


@dataclass(frozen=True, slots=True)
class Decide:
    """Look at `variable`; go to the branch with its value, or to `otherwise`; after that, to `then`."""

    variable: int
    branches: tuple[tuple[ValueSet, Trie], ...]
    otherwise: Trie
    then: Trie


@dataclass(frozen=True, slots=True)
class Evaluate:
    """Evaluate one filter's formula as it stands; if it is true, `filter` accepts. Then go on."""

    formula: NodeId
    filter: FilterId
    then: Trie


@dataclass(frozen=True, slots=True)
class Several:
    """Ask one part after the other; in mode first, the first part that accepts ends it."""

    parts: tuple[Trie, ...]


Trie: TypeAlias = Done | Accept | Decide | Evaluate | Several
DONE = Done()

State: TypeAlias = tuple[tuple[Rank, NodeId], ...]
"""Undecided filters in winning order, each with the rest of its formula."""


class _TooLargeError(Exception):
    """The trie would exceed its limit."""


def merge_filters(
    pool: Pool,
    filters: Sequence[tuple[FilterId, NodeId]],
    mode: Mode,
    share: bool = True,
    aggregate: bool = True,
) -> Trie:
    """Merge `filters`, given in winning order, into one trie.

    Args:
        pool: holds the formulas.
        filters: (id, formula) in the order in which they win; for mode all the order does not matter.
        mode: what the classifier answers.
        share: whether filters share decisions at all; off, to measure what that buys.
        aggregate: whether one length check serves for many loads; likewise.

    Returns:
        A trie that, written out, is not larger than its parts would be by themselves, except where it is
        small.
    """
    if mode == "all":  # then filters that look at the same things may as well stand together
        filters = sorted(filters, key=lambda one: pool.variables(one[1]))
    plan = _Plan(pool, mode, share, aggregate)
    return _merge_halves(plan, tuple(filters))[0] if filters else DONE


@dataclass(frozen=True, slots=True)
class _Plan:
    """What does not change during a merge; see `merge_filters`."""

    pool: Pool
    mode: Mode
    share: bool
    aggregate: bool


def _merge_halves(plan: _Plan, filters: tuple[tuple[FilterId, NodeId], ...]) -> tuple[Trie, int]:
    """Merge two halves if that pays, otherwise ask one after the other; return the trie and its size."""
    if len(filters) == 1:
        (filter_id, formula) = filters[0]
        merged = _merge_all(plan, filters, MAX_NODES)
        return merged or (Evaluate(formula, filter_id, DONE), len(plan.pool.variables(formula)))
    middle = len(filters) // 2
    halves = [_merge_halves(plan, half) for half in (filters[:middle], filters[middle:])]
    separate = sum(size for _, size in halves)
    limit = min(MAX_NODES, max(SMALL, separate))
    merged = _merge_all(plan, filters, limit) if plan.share else None
    return merged or (Several(tuple(_list_parts(trie for trie, _ in halves))), separate)


def _merge_all(
    plan: _Plan, filters: tuple[tuple[FilterId, NodeId], ...], limit: int
) -> tuple[Trie, int] | None:
    """Return one trie for all `filters` and its size, or None where that would exceed `limit`."""
    ids = tuple(filter_id for filter_id, _ in filters)
    merge = _Merge(plan.pool, ids, plan.mode, limit, plan.aggregate)
    try:
        return merge.run(tuple((Rank(rank), formula) for rank, (_, formula) in enumerate(filters)))
    except _TooLargeError:
        return None


def _list_parts(tries: Iterable[Trie]) -> Iterator[Trie]:
    for trie in tries:
        yield from trie.parts if isinstance(trie, Several) else (trie,)


@dataclass(slots=True)
class _Merge:
    """One merge: the pool, the ids by rank, and the tries of the states already seen, with their sizes."""

    pool: Pool
    ids: tuple[FilterId, ...]
    mode: Mode
    limit: int
    aggregate: bool
    tries: dict[State, tuple[Trie, int]] = field(default_factory=dict)
    depth: int = 0

    def run(self, state: State) -> tuple[Trie, int]:
        return self.make(*self.settle(state))

    def settle(self, state: State) -> tuple[tuple[FilterId, ...], State]:
        """Take the decided filters out of `state`: return those that accept now, and the rest."""
        if self.mode == "all":
            accepted = tuple(self.ids[rank] for rank, rest in state if rest == TRUE)
            return accepted, tuple(item for item in state if item[1] not in (TRUE, FALSE))
        undecided: list[tuple[Rank, NodeId]] = []
        for rank, rest in state:
            if rest == TRUE:  # nothing behind it can win
                return ((), (*undecided, (rank, rest))) if undecided else ((self.ids[rank],), ())
            if rest != FALSE:
                undecided.append((rank, rest))
        return (), tuple(undecided)

    def make(self, accepted: tuple[FilterId, ...], state: State) -> tuple[Trie, int]:
        """Return the trie that accepts `accepted` and then decides `state`, and its size as a tree."""
        rest, size = self.decide(state) if state else (DONE, 0)
        return (Accept(accepted, rest), size + 1) if accepted else (rest, size)

    def decide(self, state: State) -> tuple[Trie, int]:
        """Return the trie of an undecided state, and its size as a tree."""
        known = self.tries.get(state)
        if known is None:
            if len(self.tries) > self.limit or self.depth > MAX_DEPTH:
                raise _TooLargeError
            self.depth += 1
            variable = self.choose_variable(state)
            subject = self.pool.subjects[variable]
            if isinstance(subject, Room):
                known = self.cut_room(state, subject)
            else:
                known = self.branch(variable, self.cut_values(state, variable))
            self.depth -= 1
            self.tries[state] = known
            if known[1] > self.limit:
                raise _TooLargeError
        return known

    def choose_variable(self, state: State) -> int:
        """Return what to look at next: a test that every undecided filter needs, else the first of all.

        If such a test fails, all are over; those that tell the filters apart come last, where they lead
        straight to answers. It must be a load whose room is decided; arithmetic stays behind its guards.
        """
        first = min(self.pool.first_variable(rest) for _, rest in state)
        if isinstance(self.pool.subjects[first], Room):
            return first
        shared = frozenset.intersection(*(self.pool.requirements(rest) for _, rest in state))
        return min(
            (v for literal in shared for v in self.pool.variables(literal) if self.is_ready(v, state)),
            default=first,
        )

    def is_ready(self, variable: int, state: State) -> bool:
        """True when the variable is a load, and every room that it needs has been decided for all filters."""
        subject = self.pool.subjects[variable]
        if not isinstance(subject, Field):
            return False
        needs = {self.pool.variable(room) for room in list_needs(subject)}
        return not any(needs.intersection(self.pool.variables(rest)) for _, rest in state)

    def cut_room(self, state: State, room: Room) -> tuple[Trie, int]:
        """Cut at a room: the checks of one base are aggregated into as few as possible.

        Where every undecided filter needs more room than is asked for, the most that all of them need is
        asked for instead: one comparison serves them all, and a shorter message is over with at once.
        """
        size = room.size
        if self.aggregate:
            size = max(size, min(self.pool.required_room(rest, room.base) for _, rest in state))
        cells: dict[State, ValueSet] = {}
        for enough in (0, 1):
            next_state = tuple(
                (rank, self.pool.restrict_room(rest, room.base, size, bool(enough))) for rank, rest in state
            )
            cells[next_state] = ((enough, enough),)
        return self.branch(self.pool.variable(Room(room.base, size)), cells)

    def cut_values(self, state: State, variable: int) -> dict[State, ValueSet]:
        """Return the next states, each with the values that lead to it."""
        changes: dict[int, list[tuple[int, NodeId]]] = {}
        for place, (_, formula) in enumerate(state):
            for low, _, rest in list_pieces(self.pool, formula, variable):
                changes.setdefault(low, []).append((place, rest))
        alive: dict[int, NodeId] = {}
        cells: dict[State, list[tuple[int, int]]] = {}
        edges = sorted(changes)
        for low, after in zip(edges, [*edges[1:], self.pool.maximum(variable) + 1]):
            for place, rest in changes[low]:
                if rest == FALSE:
                    alive.pop(place, None)
                else:
                    alive[place] = rest
            cells.setdefault(tuple((state[p][0], alive[p]) for p in sorted(alive)), []).append(
                (low, after - 1)
            )
        return {next_state: _join(intervals) for next_state, intervals in cells.items()}

    def branch(self, variable: int, cells: dict[State, ValueSet]) -> tuple[Trie, int]:
        """Return the decision with these cells; the cell with the most intervals becomes `otherwise`."""
        settled: dict[tuple[tuple[FilterId, ...], State], list[tuple[int, int]]] = {}
        for state, values in cells.items():
            settled.setdefault(self.settle(state), []).extend(values)
        common = next(iter(settled))[1]
        if self.mode == "all" and common and all(rest == common for _, rest in settled):
            then, size = self.decide(common)
            children = [(values, *self.make(accepted, ())) for (accepted, _), values in settled.items()]
        else:
            then, size = DONE, 0
            children = [(values, *self.make(*settling)) for settling, values in settled.items()]
        size += 1 + sum(child_size for _, _, child_size in children)
        if len(children) == 1:
            return _append(children[0][1], then), size
        children.sort(key=lambda child: (len(child[0]), child[2] == 0, child[0]))
        branches = tuple((_join(sorted(values)), child) for values, child, _ in children[:-1])
        return Decide(variable, branches, children[-1][1], then), size


def _append(trie: Trie, then: Trie) -> Trie:
    """Return a trie that does `trie`, then `then`."""
    if then == DONE:
        return trie
    match trie:
        case Done():
            return then
        case Accept(filters=filters, then=Done()):
            return Accept(filters, then)
        case _:
            return Several((trie, then))


def _join(intervals: list[tuple[int, int]]) -> ValueSet:
    """Join abutting ascending intervals."""
    result: list[tuple[int, int]] = []
    for low, high in intervals:
        if result and result[-1][1] + 1 == low:
            result[-1] = (result[-1][0], high)
        else:
            result.append((low, high))
    return tuple(result)
