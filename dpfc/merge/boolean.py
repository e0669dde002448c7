"""Formulas made ready for merging: negation-free, hash-consed, one variable per distinct subject.

In: `dpfc.formula` formulas. Out: node numbers in a `Pool`, where equal formulas have equal numbers and every
test is preceded by explicit tests of the room that its loads need, so that plain Boolean reasoning is right:
after the rooms are decided, the test itself always has a value.

    Test(tcp.dport, {80})            And(room(tcp, 4) in {1}, dport in {80})
    Not(Test(tcp.dport, {80}))       Or(room(tcp, 4) in {0}, dport in {0..79, 81..})

Distinct subjects are treated as independent. That is exact when no two of them read the same bits, and
otherwise errs on one side only: a combination may seem possible that is not. `dpfc.merge.overlap` asks the
prover then.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NewType, TypeAlias

from dpfc import formula as f
from dpfc.merge.need import FOUND_BITS, Found, Room, Subject, list_needs, order_key, value_bits
from dpfc.valueset import NOTHING, complement, intersection, union
from runtime.source import NOWHERE, Span

NodeId = NewType("NodeId", int)
FALSE = NodeId(0)
TRUE = NodeId(1)


@dataclass(frozen=True, slots=True)
class Literal:
    """The variable's value is in `values`."""

    variable: int
    values: f.ValueSet


@dataclass(frozen=True, slots=True)
class Every:
    """All parts hold; parts are in message order."""

    parts: tuple[NodeId, ...]


@dataclass(frozen=True, slots=True)
class Some:
    """One part at least holds; parts are in message order."""

    parts: tuple[NodeId, ...]


Node: TypeAlias = Literal | Every | Some

_NO_VARIABLE = 1 << 60


@dataclass(slots=True)
class Pool:
    """The nodes of one compilation.

    Args:
        subjects: what each variable looks at; variable numbers are in message order.
        spans: where each variable's subject was first written.
    """

    subjects: tuple[Subject, ...]
    spans: tuple[Span, ...]
    _numbers: dict[Subject, int] = field(default_factory=dict)
    _nodes: list[Node | None] = field(default_factory=lambda: [None, None])
    _first: list[int] = field(default_factory=lambda: [_NO_VARIABLE, _NO_VARIABLE])
    _ids: dict[Node, NodeId] = field(default_factory=dict)
    _restricted: dict[tuple[NodeId, int, f.ValueSet], NodeId] = field(default_factory=dict)
    _sets: dict[tuple[NodeId, int], frozenset[f.ValueSet]] = field(default_factory=dict)
    _cut: dict[tuple[NodeId, f.Base, int, bool], NodeId] = field(default_factory=dict)
    _variables: dict[NodeId, tuple[int, ...]] = field(default_factory=dict)
    _required: dict[tuple[NodeId, f.Base], int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._numbers = {subject: number for number, subject in enumerate(self.subjects)}

    def variables(self, number: NodeId) -> tuple[int, ...]:
        """Return the variables that the node mentions, in order."""
        known = self._variables.get(number)
        if known is None:
            match self._nodes[number]:
                case Literal(variable=variable):
                    known = (variable,)
                case Every(parts=parts) | Some(parts=parts):
                    known = tuple(sorted({v for part in parts for v in self.variables(part)}))
                case None:
                    known = ()
            self._variables[number] = known
        return known

    def node(self, number: NodeId) -> Node:
        """Return the node with this number, which must not be TRUE or FALSE."""
        node = self._nodes[number]
        assert node is not None, "TRUE and FALSE have no structure"
        return node

    def variable(self, subject: Subject) -> int:
        """Return the variable that looks at `subject`."""
        return self._numbers[subject]

    def maximum(self, variable: int) -> int:
        """Return the largest value that the variable can have."""
        return (1 << value_bits(self.subjects[variable])) - 1

    def first_variable(self, number: NodeId) -> int:
        """Return the earliest variable that the node mentions; a huge number for TRUE and FALSE."""
        return self._first[number]

    def literal(self, variable: int, values: f.ValueSet) -> NodeId:
        """Return the node for `variable in values`."""
        everything = ((0, self.maximum(variable)),)
        values = intersection(values, everything)
        if not values:
            return FALSE
        if values == everything:
            return TRUE
        return self._intern(Literal(variable, values), variable)

    def every(self, parts: Iterable[NodeId]) -> NodeId:
        """Return the conjunction; tests of one variable are joined, contradictions become FALSE."""
        return self._join(parts, Every, neutral=TRUE, absorbing=FALSE)

    def some(self, parts: Iterable[NodeId]) -> NodeId:
        """Return the disjunction; tests of one variable are joined."""
        return self._join(parts, Some, neutral=FALSE, absorbing=TRUE)

    def restrict(self, number: NodeId, variable: int, cell: f.ValueSet) -> NodeId:
        """Return the node under the assumption that `variable` is in `cell`; what that leaves open stays."""
        if variable not in self.variables(number):
            return number
        key = (number, variable, cell)
        known = self._restricted.get(key)
        if known is None:
            known = self._restricted[key] = self._restrict(number, variable, cell)
        return known

    def restrict_room(self, number: NodeId, base: f.Base, size: int, enough: bool) -> NodeId:
        """Return the node under the assumption that there are (or are not) `size` bytes of room at `base`.

        That decides every smaller (larger) room at the same base too, wherever the node mentions it.
        """
        key = (number, base, size, enough)
        known = self._cut.get(key)
        if known is None:
            match self._nodes[number]:
                case Literal(variable=variable, values=values):
                    known = number
                    match self.subjects[variable]:
                        case Room(base=place, size=other) if place == base and (
                            other <= size if enough else other >= size
                        ):
                            known = TRUE if values == _truth(enough) else FALSE
                        case _:
                            pass
                case Every(parts=parts):
                    known = self.every([self.restrict_room(p, base, size, enough) for p in parts])
                case Some(parts=parts):
                    known = self.some([self.restrict_room(p, base, size, enough) for p in parts])
                case None:
                    known = number
            self._cut[key] = known
        return known

    def required_room(self, number: NodeId, base: f.Base) -> int:
        """Return a room at `base` without which the node is certainly false."""
        key = (number, base)
        known = self._required.get(key)
        if known is None:
            match self._nodes[number]:
                case Literal(variable=variable, values=values):
                    subject = self.subjects[variable]
                    is_needed = isinstance(subject, Room) and subject.base == base and values == _truth(True)
                    known = subject.size if isinstance(subject, Room) and is_needed else 0
                case Every(parts=parts):
                    known = max(self.required_room(part, base) for part in parts)
                case Some(parts=parts):
                    known = min(self.required_room(part, base) for part in parts)
                case None:
                    known = 0
            self._required[key] = known
        return known

    def requirements(self, number: NodeId) -> frozenset[NodeId]:
        """Return tests that must all hold for the node to hold."""
        match self._nodes[number]:
            case Literal():
                return frozenset((number,))
            case Every(parts=parts):
                return frozenset(part for part in parts if isinstance(self._nodes[part], Literal))
            case _:
                return frozenset()

    def sets(self, number: NodeId, variable: int) -> frozenset[f.ValueSet]:
        """Return the value sets that the node tests `variable` for."""
        key = (number, variable)
        known = self._sets.get(key)
        if known is None:
            match self._nodes[number]:
                case Literal(variable=tested, values=values):
                    known = frozenset((values,)) if tested == variable else frozenset()
                case Every(parts=parts) | Some(parts=parts):
                    known = frozenset().union(*(self.sets(part, variable) for part in parts))
                case None:
                    known = frozenset()
            self._sets[key] = known
        return known

    def add(self, part: f.Formula, positive: bool = True) -> NodeId:
        """Return the node for `part`, or for its negation."""
        match part:
            case f.Test(subject=subject, values=values):
                return self._add_test(subject, values, positive)
            case f.Not(part=inner):
                return self.add(inner, not positive)
            case f.And(parts=parts):
                numbers = [self.add(p, positive) for p in parts]
                return self.every(numbers) if positive else self.some(numbers)
            case f.Or(parts=parts):
                numbers = [self.add(p, positive) for p in parts]
                return self.some(numbers) if positive else self.every(numbers)

    def add_found(self, found: Found) -> NodeId:
        """Return the node for: the key is inside the message, and a row has it."""
        row = self.literal(self._numbers[found], ((1, (1 << FOUND_BITS) - 1),))
        return self.every((self.add_needs(found.loads), row))

    def add_needs(self, loads: Iterable[f.Field], positive: bool = True) -> NodeId:
        """Return the node for: all loads are inside the message, or for its negation."""
        parts = [self.literal(self._numbers[room], _truth(positive)) for room in list_needs(*loads)]
        return self.every(parts) if positive else self.some(parts)

    def _add_test(self, subject: f.Expression, values: f.ValueSet, positive: bool) -> NodeId:
        parts = [self.literal(self._numbers[room], _truth(positive)) for room in list_needs(subject)]
        match subject:
            case f.Number(number=number):
                holds = intersection(values, ((number, number),)) != NOTHING
                parts.append(TRUE if holds == positive else FALSE)
            case _:
                variable = self._numbers[subject]
                parts.append(self.literal(variable, values if positive else complement(values)))
        return self.every(parts) if positive else self.some(parts)

    def _restrict(self, number: NodeId, variable: int, cell: f.ValueSet) -> NodeId:
        match self.node(number):
            case Literal(values=values):
                inside = intersection(values, cell)
                if not inside:
                    return FALSE
                return TRUE if inside == cell else number
            case Every(parts=parts):
                return self.every([self.restrict(p, variable, cell) for p in parts])
            case Some(parts=parts):
                return self.some([self.restrict(p, variable, cell) for p in parts])

    def _join(
        self, parts: Iterable[NodeId], kind: type[Every] | type[Some], *, neutral: NodeId, absorbing: NodeId
    ) -> NodeId:
        join = intersection if kind is Every else union
        literals: dict[int, f.ValueSet] = {}
        others: set[NodeId] = set()
        for part in self._flatten(parts, kind):
            if part == absorbing:
                return absorbing
            match self._nodes[part]:
                case Literal(variable=variable, values=values):
                    literals[variable] = join(literals[variable], values) if variable in literals else values
                case None:
                    continue
                case _:
                    others.add(part)
        numbers = [self.literal(variable, values) for variable, values in literals.items()]
        if absorbing in numbers:
            return absorbing
        ordered = sorted({*numbers, *others} - {neutral}, key=lambda n: (self._first[n], n))
        if len(ordered) < 2:
            return ordered[0] if ordered else neutral
        return self._intern(kind(tuple(ordered)), self._first[ordered[0]])

    def _flatten(self, parts: Iterable[NodeId], kind: type[Every] | type[Some]) -> Iterable[NodeId]:
        for part in parts:
            match self._nodes[part]:
                case Every(parts=inner) if kind is Every:
                    yield from inner
                case Some(parts=inner) if kind is Some:
                    yield from inner
                case _:
                    yield part

    def _intern(self, node: Node, first: int) -> NodeId:
        number = self._ids.get(node)
        if number is None:
            number = self._ids[node] = NodeId(len(self._nodes))
            self._nodes.append(node)
            self._first.append(first)
        return number


def make_pool(formulas: Iterable[f.Formula], tables: Iterable[Found] = ()) -> Pool:
    """Return an empty pool with a variable for everything that `formulas` look at, and for `tables`."""
    spans: dict[Subject, Span] = {}
    for part in formulas:
        _collect(part, spans)
    for found in tables:
        for room in list_needs(*found.loads):
            spans.setdefault(room, NOWHERE)
        spans.setdefault(found, NOWHERE)
    ordered = sorted(spans, key=order_key)  # stable: ties stay in order of appearance
    return Pool(tuple(ordered), tuple(spans[subject] for subject in ordered))


def _collect(part: f.Formula, spans: dict[Subject, Span]) -> None:
    match part:
        case f.Test(subject=subject, span=span):
            for room in list_needs(subject):
                spans.setdefault(room, span)
            if not isinstance(subject, f.Number):
                spans.setdefault(subject, span)
        case f.Not(part=inner):
            _collect(inner, spans)
        case f.And(parts=parts) | f.Or(parts=parts):
            for inner in parts:
                _collect(inner, spans)


def _truth(value: bool) -> f.ValueSet:
    return ((int(value), int(value)),)
