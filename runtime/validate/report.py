"""What the validator says about code that it accepts.

In: nothing. Out: the type that `judge` returns and `cache` keeps.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Report:
    """What was proved about accepted code.

    Args:
        instructions: how many were decoded.
        fast: obligations (memory operands, divisors, answers) proved from linear facts.
        slow: obligations proved by z3.
        stack_bytes: the largest stack frame, below the return address.
    """

    instructions: int
    fast: int
    slow: int
    stack_bytes: int
