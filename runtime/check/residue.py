"""What of a function cannot be proved: for compilers that put checks there.

In: a verified function. Out: the obligations that neither the fast pass nor z3 proves, each under the
assumption that those before it hold: a check for one makes others needless. Nobody relies on the answer:
where a check is missing, `prove` refuses, and where one is too many, it costs time.
"""

from __future__ import annotations

from dataclasses import dataclass

from runtime import limits
from runtime.check.prove import SOLVER
from runtime.check.ranges import Analysis, Finding, Walk
from runtime.ir.nodes import Function

_SHARE = 20  # of a query's resource units: most questions are easy, and a check is always a way out
_QUESTIONS = 64  # for z3 about one function: behind a thousand conditions, each takes long
_UNROLLED = 400  # instructions of loops that are written out for z3


@dataclass(frozen=True, slots=True)
class Residue:
    """What is left.

    Args:
        walk: what the fast pass knows at the end, of all values.
        left: in the order of the text.
        proved_by_solver: how many obligations z3 has proved.
    """

    walk: Walk
    left: tuple[Finding, ...]
    proved_by_solver: int


def find_residue(function: Function) -> Residue:
    """Return what of `function`, which is verified, cannot be proved."""
    walk = Walk(function)
    walk.visit_body(function.body)
    left = [finding for finding in walk.findings if not finding.proved]
    if not left:
        return Residue(walk, (), 0)
    with SOLVER:
        kept = _ask_solver(function, Analysis(tuple(walk.findings), walk.knowledge.ranges, walk.invariants))
    return Residue(walk, tuple(kept), len(left) - len(kept))


def _ask_solver(function: Function, analysis: Analysis) -> list[Finding]:
    """Return the findings that z3 does not prove."""
    from runtime.check import smt  # z3 takes long to load
    from runtime.check.model import find_key
    from runtime.check.symbolic import build_model

    model = build_model(function, analysis, _UNROLLED)
    assumed, kept, effort = list(model.axioms), list[Finding](), 0
    for number, finding in enumerate(each for each in analysis.findings if not each.proved):
        violated = smt.disjunction(*model.violations.get(find_key(finding), ()))
        if violated is smt.FALSE:
            continue
        answer = None
        if number < _QUESTIONS and effort < limits.Z3_TOTAL_RLIMIT:
            answer = smt.ask([*assumed, violated], limits.Z3_RLIMIT // _SHARE)
            effort += answer.effort
        if answer is None or answer.status != "impossible":
            kept.append(finding)
            assumed.append(smt.negation(violated))
    return kept
