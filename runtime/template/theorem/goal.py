"""A theorem about a template, ready to be asked: when it would be violated.

In: nothing. Out: `Goal`, which `partition_theorems`, `part_theorems` and `method_theorems` make and `prover`
decides.
"""

from __future__ import annotations

from dataclasses import dataclass

from runtime.check.smt import Term
from runtime.check.trace import Trace
from runtime.source import Span
from runtime.template.theorem.subject import Subject


@dataclass(frozen=True, slots=True, eq=False)
class Violation:
    """One way to violate a theorem, and the text that would be to blame."""

    term: Term
    span: Span


@dataclass(frozen=True, slots=True, eq=False)
class Goal:
    """One theorem.

    Args:
        name: short, of the theorem.
        says: what it says, a sentence for people.
        code: of the refusal when it does not hold.
        failed: the message of the refusal.
        way_out: what to do instead.
        subject: whose axioms are assumed.
        violations: the theorem is that none is possible.
        numbers: partitions and the like that a counterexample consists of, by name.
        traces: whose loads of the object a counterexample must give bytes to.
        method: whose theorem it is; empty: the template's.
        zero: True when the object is all zeros.
    """

    name: str
    says: str
    code: str
    failed: str
    way_out: str
    subject: Subject
    violations: tuple[Violation, ...]
    numbers: tuple[tuple[str, Term], ...] = ()
    traces: tuple[Trace, ...] = ()
    method: str = ""
    zero: bool = False
