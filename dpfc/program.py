"""The stages of the filter compiler, in order: from resolved filters to one proved, compiled classifier.

In: the filters of one link type and what the classifier should answer. Out: IR that has been proved to keep
the policy of packet filters, and native code for it.

    filters -> order by who wins -> merge into a trie -> lower to IR -> prove -> compile, validate
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, TypeAlias

from dpfc.atoms.split import Edges
from dpfc.canonical import canonicalize
from dpfc.formula import And, Filter, FilterId
from dpfc.merge.boolean import NodeId, Pool, make_pool
from dpfc.merge.loads import MESSAGE
from dpfc.merge.lower import lower_assertion, lower_trie
from dpfc.merge.lower_best import lower_best
from dpfc.merge.overlap import FindMessage, find_never_matching, order_by_specificity
from dpfc.merge.trie import Trie, merge_filters
from dpfc.merge.witness import holds
from dpfc.naive import Wrapped
from dpfc.optimizations import ALL, Optimizations
from dpfc.shapes.plan import Plan, group_program
from dpfc.shapes.relate import Order, relate_rows
from dpfc.shapes.shape import Rows
from dpfc.shapes.table import ShapeTable, count_bits, join_shapes, make_tables, split_layers, split_priorities
from runtime.check.judgement import Judgement
from runtime.diagnostic import Diagnostic, Refused
from runtime.ir.nodes import Function
from runtime.opt.optimize import LEAST, PASSES
from runtime.pipeline import Compiled, Disproved, compile_function, prove_function
from runtime.policy import FILTER, FILTER_ALL, Policy
from runtime.source import NOWHERE, Span
from runtime.tables.choose import ALL as EVERY_CHOICE
from runtime.tables.choose import Choices

NO_CHOICE = Choices(frozenset())

Mode: TypeAlias = Literal["specific", "first", "all"]
"""specific: of the accepting filters the most specific wins; first: the first; all: every one is reported."""


@dataclass(frozen=True, slots=True)
class Program:
    """A classifier as IR.

    Args:
        mode: what it answers.
        filters: the filters that are no rows of a table, in the order of their numbers.
        tables: the rows of the others; the function asks for them by name.
        order: the numbers of filters and tables in winning order (mode specific).
        edges: where equalities were cut, so that filters share fields.
        pool: the formulas and subjects of the trie.
        trie: the merged filters and tables.
        function: the trie as IR.
        warnings: what the authors of the filters should know.
    """

    mode: Mode
    filters: tuple[Filter, ...]
    tables: tuple[ShapeTable, ...]
    order: tuple[FilterId, ...]
    edges: Edges
    pool: Pool
    trie: Trie
    function: Function
    warnings: tuple[Diagnostic, ...]


@dataclass(frozen=True, slots=True)
class Labels:
    """What to call filters that are rows: their names and where they are defined, by number."""

    names: Sequence[str]
    spans: Sequence[Span]


NO_LABELS = Labels((), ())


def build_program(
    filters: Sequence[Filter],
    mode: Mode,
    rows: Sequence[Rows] = (),
    optimizations: Optimizations = ALL,
    labels: Labels = NO_LABELS,
    order: Sequence[FilterId] | None = None,
) -> Program:
    """Group filters into tables, order, merge and lower them.

    Args:
        filters: in the order of their numbers.
        mode: what the classifier answers.
        rows: of further filters.
        optimizations: what to do; the answers do not depend on it.
        labels: of the filters that `rows` are of.
        order: where it is known who wins: filters, and rows by place (-1 the first); all of them are decided.

    Raises:
        Refused: DPF07x when it is not clear which filter wins, or when the filters nest too deep.
    """
    plan = group_program(filters, rows, mode == "all", optimizations)
    others = plan.filters
    known = None if order is None else _restore_order(plan, len(rows), order)
    ordered = known or _order(others, _arrange_rows(plan.rows, mode), mode, _label(filters, labels))
    tables = make_tables([some for some in ordered.entries if isinstance(some, Rows)])
    pool = make_pool(
        (*(one.formula for one in others), *(And(table.shape.fixed) for table in tables)),
        (table.found for table in tables),
    )
    asked = iter(tables)
    entries = [
        (one.id, pool.add(one.formula)) if isinstance(one, Filter) else _ask_table(next(asked), pool)
        for one in ordered.entries
    ]
    warnings = (*_explain_contradictions(plan.contradictions), *ordered.warnings)
    founds = {table.number: table.found for table in tables}
    if mode == "first" and len(tables) + bool(others) > 1:
        trie = merge_filters(pool, entries, "all", optimizations.merge, optimizations.aggregate)
        function = lower_best(trie, pool, founds, coalesce=optimizations.coalesce)
    else:
        answers: Literal["first", "all"] = "all" if mode == "all" else "first"
        trie = merge_filters(pool, entries, answers, optimizations.merge, optimizations.aggregate)
        function = lower_trie(trie, pool, answers, len(entries), founds, coalesce=optimizations.coalesce)
    asked_in = tuple(number for number, _ in entries)
    return Program(mode, others, tables, asked_in, plan.edges, pool, trie, function, warnings)


def _explain_contradictions(false: Sequence[Filter]) -> tuple[Diagnostic, ...]:
    """Return a warning for each filter that turned out false by itself, in the words of its author."""
    pool = make_pool(one.formula for one in false)
    return find_never_matching(false, pool, _Prover(pool).find_message)


def _arrange_rows(rows: Sequence[Rows], mode: Mode) -> tuple[Rows, ...]:
    """Return the rows as they go into tables.

    In mode specific a table has filters of one priority, and tables that ask more come first: that order
    suits most rows that may come later, and it is kept where nothing else decides.
    """
    if mode == "specific":
        parts = split_priorities(join_shapes(rows))
        return tuple(sorted(parts, key=lambda part: -count_bits(part.shape)))
    return tuple(layer for some in join_shapes(rows) for layer in split_layers(some))


def _restore_order(plan: Plan, rows: int, order: Sequence[FilterId]) -> Order | None:
    """Return tables and filters as `order` says; None when it is not about these."""
    others = {one.id: one for one in plan.filters}
    if len(plan.rows) != rows or {number for number in order if number > 0} != others.keys():
        return None
    return Order(tuple(others[n] if n > 0 else plan.rows[-1 - n] for n in order), ())


def _order(others: Sequence[Filter], rows: Sequence[Rows], mode: Mode, labels: Labels) -> Order:
    """Return tables and filters in winning order, and what was found on the way."""
    if mode == "specific" and rows:

        def make_prover(pool: Pool) -> FindMessage:
            return _Prover(pool).find_message

        return relate_rows(rows, others, labels.names, labels.spans, make_prover)
    pool = make_pool(one.formula for one in others)
    find_message = _Prover(pool).find_message
    warnings = find_never_matching(others, pool, find_message)
    ordered = order_by_specificity(others, pool, find_message) if mode == "specific" else others
    return Order((*rows, *ordered), warnings)


def _label(filters: Sequence[Filter], labels: Labels) -> Labels:
    """Return the labels of all filters, those of rows and others."""
    count = max((len(labels.names), *(one.id + 1 for one in filters)))
    names = [*labels.names, *[""] * (count - len(labels.names))]
    spans = [*labels.spans, *[NOWHERE] * (count - len(labels.spans))]
    for one in filters:
        names[one.id], spans[one.id] = one.name, one.span
    return Labels(names, spans)


def _ask_table(table: ShapeTable, pool: Pool) -> tuple[FilterId, NodeId]:
    """Return the table's number and: the message is one of the table's shape, and a row has its key."""
    return table.number, pool.every((pool.add(And(table.shape.fixed)), pool.add_found(table.found)))


def find_winner(first: Filter, second: Filter) -> Filter:
    """Return which of two filters wins in mode specific where both accept.

    Raises:
        Refused: DPF071, DPF072 or DPF074 when that is not clear.
    """
    pool = make_pool((first.formula, second.formula))
    return order_by_specificity((first, second), pool, _Prover(pool).find_message)[0]


def require_decided(filters: Sequence[Filter], rows: Sequence[Rows], labels: Labels) -> None:
    """Refuse filters of which it is not clear which one wins in mode specific.

    Raises:
        Refused: DPF071 to DPF074.
    """
    _order(canonicalize(filters), _arrange_rows(rows, "specific"), "specific", _label(filters, labels))


def prove_program(program: Program, cache: Path | None) -> Judgement:
    """Prove that the program keeps the policy of packet filters.

    Raises:
        Refused: CHK codes, with a message that shows the fault.
    """
    return prove_function(program.function, _choose_policy(program), cache)


def compile_program(program: Program, cache: Path | None, optimizations: Optimizations = ALL) -> Compiled:
    """Prove, optimize, compile and validate the program.

    Raises:
        Refused: CHK, GEN or VAL codes.
    """
    choices = EVERY_CHOICE if optimizations.choose else NO_CHOICE
    passes = PASSES if optimizations.reuse else LEAST
    return compile_function(program.function, _choose_policy(program), cache, choices, passes)


def _choose_policy(program: Program) -> Policy:
    """Return the policy of packet filters; whoever loads a program brings the rows of its tables along."""
    return replace(FILTER_ALL if program.mode == "all" else FILTER, open_tables=True)


@dataclass(frozen=True, slots=True)
class _Prover:
    """Asks the checker for messages: it is given the formula as an assertion, and refutes it by a message."""

    pool: Pool

    def find_message(self, formula: NodeId) -> bytes | None:
        """Return a message that satisfies `formula`, None when there is none.

        Raises:
            Refused: DPF074 when the prover gives up; CHK codes when the formula's own arithmetic can wrap.
        """
        try:
            prove_function(lower_assertion(formula, self.pool), FILTER)
        except Disproved as disproved:
            for counterexample in disproved.judgement.counterexamples:
                message = dict(counterexample.regions)[MESSAGE]
                if self.satisfies(message, formula):
                    return message
            if disproved.judgement.counterexamples:
                raise
            note = "give one filter a `priority`, or use --first or --all"
            text = "the prover cannot say whether two filters have a message in common"
            raise Refused(Diagnostic("DPF074", text, disproved.diagnostics[0].span, (note,))) from None
        return None

    def satisfies(self, message: bytes, formula: NodeId) -> bool:
        try:
            return holds(self.pool, formula, message)
        except Wrapped:
            return False
