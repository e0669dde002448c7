"""Tests that were rewritten before: the guards of a header are the same objects in all filters.

In: tests. Out: their one forms. Objects are recognized, not values: a test may be a large thing to compare.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from dpfc.atoms.atom import rewrite_test
from dpfc.atoms.rewrite import Rewriter
from dpfc.formula import Formula, Test


@dataclass(slots=True)
class Memory:
    """What a rewriter has done; the tests are kept, so that no other object takes the place of one."""

    rewriter: Rewriter
    _known: dict[int, tuple[Test, Formula]] = field(default_factory=dict)

    def rewrite(self, test: Test) -> Formula:
        """Return the one form of `test`."""
        known = self._known.get(id(test))
        if known is None:
            known = self._known[id(test)] = (test, rewrite_test(test, self.rewriter))
        return known[1]
