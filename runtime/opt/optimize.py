"""The optimizer: its passes, in order, with verification after each.

In: a verified function. Out: a verified function that answers the same on every input for which the first
does not fault. Nothing here is trusted: the validator proves the machine code against the function before
this.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from runtime.ir.nodes import Function
from runtime.ir.verify import verify_function
from runtime.opt.checks import aggregate_checks
from runtime.opt.dead import remove_dead_code
from runtime.opt.fold import fold_constants
from runtime.opt.reuse import reuse_values

Pass = Callable[[Function], Function]

PASSES: tuple[Pass, ...] = (
    fold_constants,
    reuse_values,
    aggregate_checks,
    fold_constants,
    reuse_values,
    remove_dead_code,
)

LEAST: tuple[Pass, ...] = (remove_dead_code,)
"""No optimization at all; what nobody uses is still not compiled."""


def optimize_function(function: Function, passes: Sequence[Pass] = PASSES) -> Function:
    """Return `function` after all `passes`, or after those given (to measure one, leave it out)."""
    for run_pass in passes:
        function = run_pass(function)
        verify_function(function)
    return function
