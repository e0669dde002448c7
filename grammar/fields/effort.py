"""How much work one compilation has done: bounds the time that a hostile text can take.

In: a step for each expression or statement that is evaluated or lowered, abbreviations expanded. Out: whether
there were too many.
"""

from __future__ import annotations

from dataclasses import dataclass

MAX_STEPS = 1_500_000  # of one compilation, some ten seconds; the largest shipped file takes a hundredth


@dataclass(slots=True)
class Effort:
    """The steps of one compilation so far."""

    steps: int = 0

    def spend(self) -> bool:
        """Count a step, and say whether there were not too many."""
        self.steps += 1
        return self.steps <= MAX_STEPS
