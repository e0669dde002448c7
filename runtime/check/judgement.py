"""The result of a check: the verdict, and the numbers that go with it.

In: nothing. Out: the types that `prove` returns and `cache` keeps.
"""

from __future__ import annotations

from dataclasses import dataclass

from runtime.check.counterexample import Counterexample
from runtime.diagnostic import Verdict


@dataclass(frozen=True, slots=True)
class Statistics:
    """How a function was checked.

    Args:
        instructions: executed in the worst case: the termination bound.
        emits: tuples emitted in the worst case.
        obligations: facts to prove.
        proved_by_ranges: of these, by the fast pass.
        proved_by_solver: of these, by z3.
        solver_effort: z3 resource units spent.
    """

    instructions: int
    emits: int
    obligations: int = 0
    proved_by_ranges: int = 0
    proved_by_solver: int = 0
    solver_effort: int = 0

    @property
    def share_without_solver(self) -> float:
        """The part of the obligations, from 0 to 1, that was proved without z3."""
        return self.proved_by_ranges / self.obligations if self.obligations else 1.0


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the checker says about one function under one policy.

    Args:
        verdict: `Rejected` and `Unknown` are both refusals.
        statistics: numbers about the proof.
        counterexamples: for a rejected function, inputs that were replayed, in the order of the diagnostics.
        cached: True when the proof was done in an earlier run.
    """

    verdict: Verdict
    statistics: Statistics
    counterexamples: tuple[Counterexample, ...] = ()
    cached: bool = False
