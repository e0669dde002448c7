"""Trie to IR where the first accepting filter wins and tables hold filters of any place in the order.

In: a trie merged for mode all, and its tables. Out: a function that returns the smallest of the numbers that
mode all would report. Numbers are handed on as values, and nothing returns early: a row that was found may
lose against a filter that is asked later.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from dpfc.formula import FilterId
from dpfc.merge.boolean import Pool
from dpfc.merge.loads import Loads
from dpfc.merge.lower import REGION, Lowering, Tables, declare_tables
from dpfc.merge.need import Found
from dpfc.merge.trie import Accept, Decide, Done, Evaluate, Several, Trie
from runtime.ir.builder import Builder
from runtime.ir.nodes import Function, Type, Value


def lower_best(
    trie: Trie, pool: Pool, tables: Tables, name: str = "classify", coalesce: bool = True
) -> Function:
    """Return the function that answers with the smallest number that `trie` accepts, or 0.

    Args:
        trie: from `merge_filters` with mode all.
        pool: holds its subjects and formulas.
        tables: open tables that stand for many filters each.
        name: the function's name.
        coalesce: whether equalities share loads.

    Raises:
        Refused: DPF079 when the decisions nest deeper than the IR allows.
    """
    builder = Builder(name, regions=(REGION,), results=(Type.U32,))
    lowering = Lowering(builder, Loads(builder), pool, "all", tables, coalesce)
    best = _Best(builder, lowering)
    nothing = lowering.loads.number(Type.U32.maximum, Type.U32)
    builder.return_(best.step(best.follow(trie, nothing), "add"))
    builder.tables = (*lowering.loads.tables, *declare_tables(tables))
    return builder.finish()


@dataclass(slots=True)
class _Best:
    """The function in the making. Numbers are carried less one, so that none (0) is the largest."""

    builder: Builder
    lowering: Lowering

    def follow(self, trie: Trie, best: Value) -> Value:
        """Return the smaller of `best` and what `trie` accepts."""
        match trie:
            case Done():
                return best
            case Accept(filters=filters, then=then):
                for filter_id in filters:
                    best = self.accept(filter_id, best)
                return self.follow(then, best)
            case Several(parts=parts):
                for part in parts:
                    best = self.follow(part, best)
                return best
            case Evaluate(formula=formula, filter=filter_id, then=then):
                accepts = self.lowering.evaluate(formula)
                best = self.choose(accepts, lambda: self.accept(filter_id, best), lambda: best)
                return self.follow(then, best)
            case Decide(then=then):
                return self.follow(then, self.decide(trie, best))

    def decide(self, decision: Decide, best: Value) -> Value:
        """Follow the branch that the message takes; a table that only accepts is asked without a branch."""
        subject = self.lowering.pool.subjects[decision.variable]
        if isinstance(subject, Found) and decision.otherwise == Done():
            ((_, child),) = decision.branches
            if isinstance(child, Accept) and child.then == Done():
                return self.follow(child, best)
        index = self.lowering.find_branch(decision)
        children = (decision.otherwise, *(child for _, child in decision.branches))
        return self.dispatch(index, children, 0, best)

    def dispatch(self, index: Value, children: tuple[Trie, ...], first: int, best: Value) -> Value:
        """Follow child `index - first`, found by a binary search of `if`s."""
        if len(children) == 1:
            return self.follow(children[0], best)
        middle = len(children) // 2
        limit = self.lowering.loads.number(first + middle, Type.U32)
        return self.choose(
            self.builder.compare("ult", index, limit),
            lambda: self.dispatch(index, children[:middle], first, best),
            lambda: self.dispatch(index, children[middle:], first + middle, best),
        )

    def choose(self, condition: Value, yes: Callable[[], Value], no: Callable[[], Value]) -> Value:
        self.lowering.require_depth()
        return self.lowering.loads.choose(condition, lambda: (yes(),), lambda: (no(),))[0]

    def accept(self, filter_id: FilterId, best: Value) -> Value:
        number = self.step(self.lowering.number_of(filter_id), "sub")
        return self.builder.select(self.builder.compare("ult", number, best), number, best)

    def step(self, number: Value, operator: Literal["add", "sub"]) -> Value:
        """Return the number one further, modulo 2**32."""
        return self.builder.binary(operator, number, self.lowering.loads.number(1, Type.U32), wrapping=True)
