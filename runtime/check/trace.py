"""What a symbolic execution passed: loads, stores, emitted tuples, calls, lookups, and what it returns.

In: nothing. Out: `Trace`, which `execute` fills and the provers read.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from runtime.check.smt import Term
from runtime.ir.nodes import Emit, Load, Store


@dataclass(frozen=True, slots=True, eq=False)
class Access:
    """A load or store.

    Args:
        reached: when it is executed.
        region: by name.
        offset: in bytes.
        width: in bytes.
        instruction: for its span.
    """

    reached: Term
    region: str
    offset: Term
    width: int
    instruction: Load | Store


@dataclass(frozen=True, slots=True, eq=False)
class Emission:
    """An emitted tuple.

    Args:
        reached: when it is emitted.
        words: its numbers.
        instruction: for its span.
        repeated: True when it stands for any iteration of a loop that was not unrolled.
    """

    reached: Term
    words: tuple[Term, ...]
    instruction: Emit
    repeated: bool


@dataclass(slots=True, eq=False)
class Trace:
    """One execution, of all inputs at a time.

    Args:
        axioms: what holds of terms that the execution made up.
        loads: in order.
        stores: in order.
        emitted: in order.
        returned: for each `return` in order: when it is reached, what it gives.
        calls: for each call in order: when it is reached, the primitive, its results.
        lookups: for each lookup of an open table in order: when it is reached, the table, its answer.
        exact: False when a loop was replaced by its invariant, or the entries of a table are left out.
    """

    axioms: list[Term] = field(default_factory=list)
    loads: list[Access] = field(default_factory=list)
    stores: list[Access] = field(default_factory=list)
    emitted: list[Emission] = field(default_factory=list)
    returned: list[tuple[Term, tuple[Term, ...]]] = field(default_factory=list)
    calls: list[tuple[Term, str, tuple[Term, ...]]] = field(default_factory=list)
    lookups: list[tuple[Term, str, Term]] = field(default_factory=list)
    exact: bool = True
