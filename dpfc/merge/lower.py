"""Trie to IR: one function that classifies one message.

In: a `Trie` and the pool of its formulas. Out: a function over the region `message`. In mode first it returns
the number of the accepting filter (0: none); in mode all it emits the number of every accepting filter.

    Decide dport {22} -> Accept ssh  {80} -> Accept web        %9 = load u16be message[%8] ...
                                                                %12 = select %11, 1, 0
                                                                %15 = select %14, 2, %12
                                                                return %15

Decisions nest as `if`s. Where nothing follows and one side is over, that side returns at once, so that long
conjunctions stay flat.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TypeAlias

from dpfc.formula import Base, Field, FilterId, ValueSet
from dpfc.merge.boolean import FALSE, TRUE, Every, Literal, NodeId, Pool, Some
from dpfc.merge.join import find_equality, join_equalities, list_operands
from dpfc.merge.loads import MESSAGE, Loads, word_type
from dpfc.merge.need import Found, Room, Subject, value_bits
from dpfc.merge.trie import Accept, Decide, Done, Evaluate, Mode, Several, Trie
from runtime import limits
from runtime.diagnostic import Diagnostic, Refused
from runtime.ir.builder import Builder
from runtime.ir.nodes import Function, Region, Table, TableKind, Type, Value
from runtime.source import NOWHERE

REGION = Region(MESSAGE, "read", limits.MAX_MESSAGE_BYTES)

CHAINED = 4
"""A decision with at most this many branches is a chain of `if`s; beyond, the branch is found first."""

SELECTED_TABLES = 8
"""So many tables are asked one after the other whether or not one has answered; beyond, each is tested."""

SELECTED = 16
"""Branches with at most this many intervals are found by comparing with each; beyond, in a table."""


Atom: TypeAlias = tuple[Subject, ValueSet]
"""A test: what it looks at, and the good values."""

Tables: TypeAlias = Mapping[FilterId, Found]
"""What the trie accepts under a number below 0: whichever filter has the row that was found."""


def lower_trie(
    trie: Trie,
    pool: Pool,
    mode: Mode,
    filter_count: int,
    tables: Tables | None = None,
    name: str = "classify",
    coalesce: bool = True,
) -> Function:
    """Return the function that classifies messages by `trie`.

    Args:
        trie: from `merge_filters`.
        pool: holds its subjects and formulas.
        mode: what the trie was merged for.
        filter_count: the most filters that can accept one message.
        tables: open tables that stand for many filters each.
        name: the function's name.
        coalesce: whether equalities share loads; off, to measure what that buys.

    Raises:
        Refused: DPF079 when the decisions nest deeper than the IR allows.
    """
    builder = Builder(name, regions=(REGION,))
    if mode == "first":
        builder.results = (Type.U32,)
    else:
        builder.emits, builder.emit_limit = (Type.U32,), max(1, filter_count)
    lowering = Lowering(builder, Loads(builder), pool, mode, tables or {}, coalesce)
    lowering.write(lambda: lowering.lower(trie, last=True))
    builder.span = NOWHERE
    if not builder.ended:
        lowering.give_up()
    builder.tables = (*lowering.loads.tables, *declare_tables(tables or {}))
    return builder.finish()


def declare_tables(tables: Tables) -> Iterator[Table]:
    """Yield the declarations of open tables; what is in them comes with each call."""
    for found in tables.values():
        words = tuple(word_type(word) for word in found.words)
        kind: TableKind = "first" if found.ordered else "exact"
        yield Table(found.table, kind, words, Type.U32, 0, (), open=True)


def lower_assertion(formula: NodeId, pool: Pool) -> Function:
    """Return a function that is safe exactly when no message satisfies `formula`.

    It computes 0 - f, exactly, where f is 1 for messages that satisfy the formula: the checker refutes that
    with such a message, or proves that there is none.
    """
    builder = Builder("assertion", regions=(REGION,), results=(Type.U32,))
    lowering = Lowering(builder, Loads(builder), pool, "first")
    satisfied = builder.convert(Type.U32, lowering.evaluate(formula))
    builder.return_(builder.binary("sub", lowering.loads.number(0, Type.U32), satisfied))
    builder.tables = tuple(lowering.loads.tables)
    return builder.finish()


@dataclass(slots=True)
class Lowering:
    """One function in the making."""

    builder: Builder
    loads: Loads
    pool: Pool
    mode: Mode
    tables: Tables = field(default_factory=dict)
    coalesce: bool = True
    operands: frozenset[Field] = field(init=False)
    """Fields that arithmetic computes with."""
    rest: Callable[[], None] | None = None
    """What ends the current body: kept, not called, so that a long chain of tests needs no deep stack."""

    def __post_init__(self) -> None:
        self.operands = list_operands(self.pool.subjects)

    def write(self, start: Callable[[], None]) -> None:
        """Write a body: what `start` writes, and all that it leaves to be written behind it."""
        outer, self.rest = self.rest, start
        while self.rest is not None:
            following, self.rest = self.rest, None
            following()
        self.rest = outer

    @property
    def over(self) -> bool:
        """Whether the current body has its end, written or kept in `rest`."""
        return self.builder.ended or self.rest is not None

    def lower(self, trie: Trie, last: bool) -> None:
        """Write `trie` into the current body.

        Args:
            trie: what to do.
            last: True when nothing follows it in the function: being done is returning.
        """
        match trie:
            case Done():
                if last:
                    self.give_up()
            case Accept(filters=filters, then=then):
                self.accept(filters)
                if not self.over:
                    self.lower(then, last)
            case Several(parts=parts):
                for number, part in enumerate(parts, start=1):
                    if not self.over:
                        self.lower(part, last and number == len(parts))
            case Evaluate(formula=formula, filter=filter_id, then=then):
                self.branch(
                    lambda: self.evaluate(formula),
                    Accept((filter_id,), Done()),
                    Done(),
                    last and then == Done(),
                )
                if not self.over:
                    self.lower(then, last)
            case Decide(then=then):
                self.decide(trie, last and isinstance(then, Done))
                if not self.over:
                    self.lower(then, last)

    def accept(self, filters: tuple[FilterId, ...]) -> None:
        """Answer with these filters."""
        for filter_id in filters:
            number = self.number_of(filter_id)
            if self.mode == "first":
                self.builder.return_(number)
            else:
                self.builder.emit(number)

    def number_of(self, filter_id: FilterId) -> Value:
        """Return a u32: the number of the accepting filter, which a table may have to be asked for."""
        if filter_id in self.tables:
            return self.loads.find_row(self.tables[filter_id])
        return self.loads.number(filter_id, Type.U32)

    def find_number(self, trie: Trie) -> Value | None:
        """Return the answer of `trie` in mode first, computed without a branch: rows of tables, in turn.

        None when there is more to it than a few tables. Whether a row is found is as good as random, so
        asking all tables costs less than guessing after each.
        """
        found: list[Value] = []
        while isinstance(trie, Decide) and len(found) < SELECTED_TABLES:
            match self.pool.subjects[trie.variable], trie:
                case Found() as table, Decide(
                    branches=((_, Accept(filters=(one,), then=Done())),), otherwise=following, then=Done()
                ) if one in self.tables:
                    found.append(self.loads.find_row(table))
                    trie = following
                case _:
                    return None
        last = _accepted(trie)
        if last is None or not found:
            return None
        number = self.loads.number(last, Type.U32)
        for row in reversed(found):
            missing = self.builder.compare("eq", row, self.loads.number(0, Type.U32))
            number = self.builder.select(missing, number, row)
        return number

    def give_up(self) -> None:
        """Return: no filter accepts (any more)."""
        if self.mode == "first":
            self.builder.return_(self.loads.number(0, Type.U32))
        else:
            self.builder.return_()

    def decide(self, decision: Decide, last: bool) -> None:
        """Write a decision, the cheapest way."""
        self.builder.span = self.pool.spans[decision.variable]
        tests, accepted = self.follow_equalities(decision)
        if len(tests) > 1:
            self.branch(partial(self.compare_all, tests), accepted, decision.otherwise, last)
            return
        number = self.find_number(decision) if last and self.mode == "first" else None
        if number is not None:
            self.builder.return_(number)
        elif self.by_number(decision):
            self.accept_number(decision, last)
        elif len(decision.branches) <= CHAINED:
            self.try_branches(decision, decision.branches, last)
        else:
            index = self.find_branch(decision)
            children = (decision.otherwise, *(child for _, child in decision.branches))
            self.dispatch(index, children, 0, last)

    def follow_equalities(self, decision: Decide) -> tuple[list[Atom], Trie]:
        """Return equalities that all lead to the same place when they fail, and where they lead together.

        The room that they need was decided before the first of them: a room that another one needs is a
        decision of its own.
        """
        tests: list[Atom] = []
        trie: Trie = decision
        while isinstance(trie, Decide) and len(trie.branches) == 1:
            ((values, child),) = trie.branches
            atom = (self.pool.subjects[trie.variable], values)
            same = trie is decision or (trie.then == Done() and _is_same(trie.otherwise, decision.otherwise))
            if not self.coalesce or not same or find_equality(*atom) is None:
                break
            tests.append(atom)
            trie = child
        return tests, trie

    def by_number(self, decision: Decide) -> bool:
        """True when every branch accepts at most one filter and ends: then the branch is a number."""
        children = (decision.otherwise, *(child for _, child in decision.branches))
        return len(children) > 2 and all(_accepted(child) is not None for child in children)

    def accept_number(self, decision: Decide, last: bool) -> None:
        """Compute the accepting filter's number without branching, then return or emit it."""
        number = self.select_number(decision)
        if self.mode == "first" and last:
            self.builder.return_(number)
            return
        accepted = self.builder.compare("ne", number, self.loads.number(0, Type.U32))
        with self.builder.when(accepted), self.loads.nested():
            if self.mode == "first":
                self.builder.return_(number)
            else:
                self.builder.emit(number)
        if last:
            self.give_up()

    def select_number(self, decision: Decide) -> Value:
        """Return a u32: the filter that accepts, where each branch accepts at most one."""
        default = _accepted(decision.otherwise) or 0
        if sum(len(values) for values, _ in decision.branches) > SELECTED:
            sets = {_accepted(child) or 0: values for values, child in decision.branches}
            return self.find_in_table(decision, sets, default)
        number = self.loads.number(default, Type.U32)
        for values, child in decision.branches:
            test = self.loads.test(self.pool.subjects[decision.variable], values)
            number = self.builder.select(test, self.loads.number(_accepted(child) or 0, Type.U32), number)
        return number

    def find_in_table(self, decision: Decide, sets: dict[int, ValueSet], default: int) -> Value:
        """Return the number of the set that has the subject's value."""
        subject = self.pool.subjects[decision.variable]
        assert not isinstance(subject, Room | Found), "rooms and tables have two cells"
        return self.loads.look_up(sets, self.loads.value(subject), value_bits(subject), default)

    def find_branch(self, decision: Decide) -> Value:
        """Return a u32: the number of the branch to take, from 1; 0 for `otherwise`."""
        if sum(len(values) for values, _ in decision.branches) > SELECTED:
            numbered = enumerate((values for values, _ in decision.branches), start=1)
            return self.find_in_table(decision, dict(numbered), default=0)
        index = self.loads.number(0, Type.U32)
        for number, (values, _) in enumerate(decision.branches, start=1):
            test = self.loads.test(self.pool.subjects[decision.variable], values)
            index = self.builder.select(test, self.loads.number(number, Type.U32), index)
        return index

    def dispatch(self, index: Value, children: tuple[Trie, ...], first: int, last: bool) -> None:
        """Go to child `index - first` by a binary search of `if`s."""
        if len(children) == 1:
            self.lower(children[0], last)
            return
        middle = len(children) // 2
        self.split(
            lambda: self.builder.compare("ult", index, self.loads.number(first + middle, Type.U32)),
            lambda: self.dispatch(index, children[:middle], first, last),
            lambda: self.dispatch(index, children[middle:], first + middle, last),
            last,
        )

    def try_branches(self, decision: Decide, branches: tuple[tuple[ValueSet, Trie], ...], last: bool) -> None:
        """Test one branch after the other, then do what is left."""
        (values, child), rest = branches[0], branches[1:]
        test = partial(self.loads.test, self.pool.subjects[decision.variable], values)
        if not rest:
            self.branch(test, child, decision.otherwise, last)
            return
        self.split(
            test,
            lambda: self.lower(child, last),
            lambda: self.try_branches(decision, rest, last),
            last,
        )

    def branch(self, test: Callable[[], Value], yes: Trie, no: Trie, last: bool) -> None:
        """Do `yes` where the test holds, else `no`; a side that is over is written inside the `if`."""
        if isinstance(no, Done) and not isinstance(yes, Done):
            self.split(
                lambda: self.loads.negate(test()),
                partial(self.lower, no, last),
                partial(self.lower, yes, last),
                last,
            )
        else:
            self.split(test, partial(self.lower, yes, last), partial(self.lower, no, last), last)

    def split(
        self, test: Callable[[], Value], yes: Callable[[], None], no: Callable[[], None], last: bool
    ) -> None:
        """Write both sides of a test. Where nothing follows, `yes` returns, and `no` need not be nested."""
        self.builder.if_(test())
        self.nest(yes)
        if last:
            self.builder.end()
            self.rest = no
            return
        self.builder.else_()
        self.nest(no)
        self.builder.end()

    def nest(self, write: Callable[[], None]) -> None:
        """Write a body inside the current one."""
        self.require_depth()
        with self.loads.nested():
            self.write(write)

    def require_depth(self) -> None:
        """Refuse (DPF079) to go deeper than the IR may."""
        if self.loads.depth >= limits.MAX_NESTING - 8:  # the rest is for a field's own loops and tests
            message = "this filter makes too many decisions inside each other"
            raise Refused(Diagnostic("DPF079", message, self.builder.span, _TOO_DEEP))

    def evaluate(self, formula: NodeId) -> Value:
        """Return a u1: does the formula hold? Parts are evaluated in message order, only as far as needed."""
        self.require_depth()
        if formula in (TRUE, FALSE):
            return self.loads.number(int(formula == TRUE), Type.U1)
        match self.pool.node(formula):
            case Literal(variable=variable, values=values):
                self.builder.span = self.pool.spans[variable]
                return self.loads.test(self.pool.subjects[variable], values)
            case Every(parts=parts):
                return self.loads.every_in_turn(self.list_tests(parts))
            case Some(parts=parts):
                failing = [partial(self.evaluate_not, part) for part in parts]
                return self.loads.negate(self.loads.every_in_turn(failing))

    def list_tests(self, parts: tuple[NodeId, ...]) -> list[Callable[[], Value]]:
        """Return what to test, in turn, for all `parts` to hold.

        One test of the largest room serves for a whole base, and loads that stand side by side are all
        compared
        without asking in between: a long conjunction is a few tests.
        """
        tests: list[Callable[[], Value]] = []
        loads: list[NodeId] = []
        asked: set[Base] = set()
        for part in parts:
            room = self.find_room(part)
            if room is None and self.is_load(part):
                loads.append(part)
            elif room is None or room.base not in asked:
                if loads:
                    tests.append(partial(self.compare_parts, tuple(loads)))
                    loads = []
                if room is not None:
                    asked.add(room.base)
                    largest = max(r.size for r in map(self.find_room, parts) if r and r.base == room.base)
                    part = self.pool.literal(self.pool.variable(Room(room.base, largest)), ((1, 1),))
                tests.append(partial(self.evaluate, part))
        return [*tests, partial(self.compare_parts, tuple(loads))] if loads else tests

    def find_room(self, part: NodeId) -> Room | None:
        """Return the room that must be there for `part` to hold, if that is all it says."""
        node = self.pool.node(part)
        if not isinstance(node, Literal) or node.values != ((1, 1),):
            return None
        subject = self.pool.subjects[node.variable]
        return subject if isinstance(subject, Room) else None

    def is_load(self, part: NodeId) -> bool:
        """Say whether all that the part does is test a field."""
        node = self.pool.node(part)
        return isinstance(node, Literal) and isinstance(self.pool.subjects[node.variable], Field)

    def compare_parts(self, parts: tuple[NodeId, ...]) -> Value:
        """Return a u1: do all of these tests of loads, whose rooms are there, hold?"""
        nodes = [node for node in map(self.pool.node, parts) if isinstance(node, Literal)]
        self.builder.span = self.pool.spans[nodes[0].variable]
        return self.compare_all([(self.pool.subjects[node.variable], node.values) for node in nodes])

    def compare_all(self, atoms: Sequence[Atom]) -> Value:
        """Return a u1: do all of these tests, whose rooms are there, hold?

        Equalities are joined; but a field that arithmetic computes with is compared by itself, so that the
        checker, and the optimizer, know its value from there on.
        """
        found = {atom: find_equality(*atom) for atom in atoms}
        joined = {atom: one for atom, one in found.items() if one and one.field not in self.operands}
        if not self.coalesce or len(joined) < 2:
            joined = {}
        words = join_equalities(joined.values())
        if words is None:
            return self.loads.number(0, Type.U1)
        tests = [self.loads.compare_word(word) for word in words]
        tests += [self.loads.test(*atom) for atom in found if atom not in joined]
        result = tests[0]
        for test in tests[1:]:
            result = self.builder.binary("and", result, test)
        return result

    def evaluate_not(self, formula: NodeId) -> Value:
        """Return a u1: does the formula not hold?"""
        return self.loads.negate(self.evaluate(formula))


def _is_same(some: Trie, other: Trie) -> bool:
    """Say whether it is plain that two tries are one."""
    return some is other or some == Done() == other


_TOO_DEEP = ("write the alternatives as a set (`in {...}`), or split the filter in several",)


def _accepted(trie: Trie) -> int | None:
    """Return the one filter that `trie` accepts, 0 for none, None when there is more to it."""
    match trie:
        case Done():
            return 0
        case Accept(filters=(only,), then=Done()) if only >= 0:
            return only
        case _:
            return None
