"""What the solver is asked about: a function as terms over its inputs.

In: nothing. Out: `Model`, which `symbolic` builds and `solve` asks about.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias

from runtime.check.obligation import Obligation
from runtime.check.ranges import Finding
from runtime.check.smt import Term

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
        accesses: offset and width of each load, by region.
        calls: for each call in order: when it is reached, the primitive, its results.
        lookups: for each lookup of an open table in order: when it is reached, the table, its answer.
        violations: by obligation, one term for each time that it is met.
        exact: False when a loop was replaced by its invariant.
    """

    axioms: list[Term] = field(default_factory=list)
    lengths: dict[str, Term] = field(default_factory=dict)
    memories: dict[str, Term] = field(default_factory=dict)
    parameters: list[Term] = field(default_factory=list)
    accesses: dict[str, list[tuple[Term, int]]] = field(default_factory=dict)
    calls: list[tuple[Term, str, tuple[Term, ...]]] = field(default_factory=list)
    lookups: list[tuple[Term, str, Term]] = field(default_factory=list)
    violations: dict[Key, list[Term]] = field(default_factory=dict)
    exact: bool = True
