"""The stages of the filter compiler, in order: from resolved filters to one proved, compiled classifier.

In: the filters of one link type and what the classifier should answer. Out: IR that has been proved to keep
the policy of packet filters, and native code for it.

    filters -> order by who wins -> merge into a trie -> lower to IR -> prove -> compile, validate
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

from dpfc.formula import Filter
from dpfc.merge.boolean import NodeId, Pool, make_pool
from dpfc.merge.loads import MESSAGE
from dpfc.merge.lower import lower_assertion, lower_trie
from dpfc.merge.overlap import find_never_matching, order_by_specificity
from dpfc.merge.trie import Trie, merge_filters
from dpfc.merge.witness import holds
from dpfc.naive import Wrapped
from runtime.check.judgement import Judgement
from runtime.diagnostic import Diagnostic, Refused
from runtime.ir.nodes import Function
from runtime.pipeline import Compiled, Disproved, compile_function, prove_function
from runtime.policy import FILTER, FILTER_ALL

Mode: TypeAlias = Literal["specific", "first", "all"]
"""specific: of the accepting filters the most specific wins; first: the first; all: every one is reported."""


@dataclass(frozen=True, slots=True)
class Program:
    """A classifier as IR.

    Args:
        mode: what it answers.
        filters: the filters, in the order of their numbers.
        pool: the formulas and subjects of the trie.
        trie: the merged filters.
        function: the trie as IR.
        warnings: what the authors of the filters should know.
    """

    mode: Mode
    filters: tuple[Filter, ...]
    pool: Pool
    trie: Trie
    function: Function
    warnings: tuple[Diagnostic, ...]


def build_program(filters: Sequence[Filter], mode: Mode) -> Program:
    """Order, merge and lower `filters`.

    Raises:
        Refused: DPF07x when it is not clear which filter wins, or when the filters nest too deep.
    """
    pool = make_pool(one.formula for one in filters)
    prover = _Prover(pool)
    warnings = find_never_matching(filters, pool, prover.find_message)
    ordered = (
        order_by_specificity(filters, pool, prover.find_message) if mode == "specific" else tuple(filters)
    )
    answers: Literal["first", "all"] = "all" if mode == "all" else "first"
    trie = merge_filters(pool, [(one.id, pool.add(one.formula)) for one in ordered], answers)
    function = lower_trie(trie, pool, answers, len(filters))
    return Program(mode, tuple(filters), pool, trie, function, warnings)


def prove_program(program: Program, cache: Path | None) -> Judgement:
    """Prove that the program keeps the policy of packet filters.

    Raises:
        Refused: CHK codes, with a message that shows the fault.
    """
    return prove_function(program.function, FILTER_ALL if program.mode == "all" else FILTER, cache)


def compile_program(program: Program, cache: Path | None) -> Compiled:
    """Prove, optimize, compile and validate the program.

    Raises:
        Refused: CHK, GEN or VAL codes.
    """
    return compile_function(program.function, FILTER_ALL if program.mode == "all" else FILTER, cache)


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
