"""What the solver is asked about: a function as terms over its inputs.

In: nothing. Out: `Model`, which `symbolic` builds and `solve` asks about.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias

from runtime.check.obligation import Obligation
from runtime.check.ranges import Finding
from runtime.check.smt import Term
from runtime.check.trace import Trace

Key: TypeAlias = tuple[int, Obligation]
"""The identity of an instruction, and one of its obligations."""


def find_key(finding: Finding) -> Key:
    """Return under which key the violations of a finding's obligation are kept."""
    return id(finding.instruction), finding.obligation


@dataclass(slots=True, eq=False)
class Model:
    """A function as terms.

    Args:
        axioms: what holds of all inputs.
        lengths: the length of each region, by name.
        memories: the bytes of each region at the start, by name.
        parameters: in order.
        violations: by obligation, one term for each time that it is met.
        trace: what the execution passed.
    """

    axioms: list[Term] = field(default_factory=list)
    lengths: dict[str, Term] = field(default_factory=dict)
    memories: dict[str, Term] = field(default_factory=dict)
    parameters: list[Term] = field(default_factory=list)
    violations: dict[Key, list[Term]] = field(default_factory=dict)
    trace: Trace = field(default_factory=Trace)
