"""The checker: prove that a function keeps to a policy, or say on which input it does not.

In: a verified function and a policy. Out: a `Judgement`. The stages, cheapest first: declarations,
worst-case cost, a proof kept from an earlier run, the fast pass, z3. An accepted function cannot fault in
the interpreter, whatever its inputs, and ends within the policy's budget.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from threading import Lock

from runtime.check.bound import find_cost, find_excess
from runtime.check.cache import keep_acceptance, make_key, recall_acceptance
from runtime.check.conform import find_nonconformity
from runtime.check.judgement import Judgement, Statistics
from runtime.check.ranges import Analysis, analyse_function
from runtime.diagnostic import Accepted, Rejected, Unknown, Verdict
from runtime.ir.nodes import Function
from runtime.policy import Policy

SOLVER = Lock()
"""z3's terms live in one context, in which two threads must not work at a time."""


def check_function(function: Function, policy: Policy, cache: Path | None = None) -> Judgement:
    """Check `function` against `policy`.

    Args:
        function: accepted by `runtime.ir.verify`.
        policy: what the function may do and spend.
        cache: a directory of earlier acceptances; None: prove everything again.
    """
    cost = find_cost(function)
    statistics = Statistics(cost.instructions, cost.emits)
    refusals = find_nonconformity(function, policy) + find_excess(function, policy, cost)
    if refusals:
        return Judgement(Rejected(refusals), statistics)
    if cache is None:
        return _prove_obligations(function, policy, statistics)
    key = make_key(function, policy)
    kept = recall_acceptance(cache, key)
    if kept is not None:
        return Judgement(Accepted(), kept, cached=True)
    judgement = _prove_obligations(function, policy, statistics)
    if isinstance(judgement.verdict, Accepted):
        keep_acceptance(cache, key, judgement.statistics)
    return judgement


def _prove_obligations(function: Function, policy: Policy, statistics: Statistics) -> Judgement:
    """Run the fast pass, and the slow one if it left anything."""
    analysis = analyse_function(function)
    proved = sum(finding.proved for finding in analysis.findings)
    statistics = replace(statistics, obligations=len(analysis.findings), proved_by_ranges=proved)
    if proved == statistics.obligations:
        return Judgement(Accepted(), statistics)
    return _ask_solver(function, policy, analysis, statistics)


def _ask_solver(function: Function, policy: Policy, analysis: Analysis, statistics: Statistics) -> Judgement:
    # Imported here, not above: loading z3 takes longer than checking a filter that does not need it.
    from runtime.check.solve import solve_obligations

    with SOLVER:
        solution = solve_obligations(function, analysis, policy.budget)
    statistics = replace(statistics, proved_by_solver=solution.proved, solver_effort=solution.effort)
    if solution.refuted:
        verdict: Verdict = Rejected(tuple(solution.refuted))
    elif solution.undecided:
        verdict = Unknown(tuple(solution.undecided))
    else:
        proved = statistics.proved_by_ranges + statistics.proved_by_solver
        assert proved == statistics.obligations, "an obligation was neither proved nor reported"
        verdict = Accepted()
    return Judgement(verdict, statistics, tuple(solution.counterexamples))
