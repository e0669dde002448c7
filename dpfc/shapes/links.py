"""Pairs of filters that have messages in common, as arrays, whoever found out how they relate.

In: relations between boxes, and single pairs from the prover. Out: for each pair which contains which, and
the rows that meet: what conflicts and the order are read from.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dpfc.shapes.contain import Flags, Numbers


@dataclass(frozen=True, slots=True, eq=False)
class Links:
    """Pairs of filters, each once, the lower number first.

    Args:
        first: numbers of filters.
        second: beside each, the number of another.
        inside: whether the first is inside the second.
        around: whether the second is inside the first; where both hold they are equal.
        first_units: units (rows, or filters that are none) of first filters that meet units of second ones.
        second_units: those, side by side.
        places: for each two units the place of their filters.
    """

    first: Numbers
    second: Numbers
    inside: Flags
    around: Flags
    first_units: Numbers
    second_units: Numbers
    places: Numbers

    def without(self, apart: Flags) -> Links:
        """Return the pairs of filters that are not marked as having no message in common."""
        import numpy as np

        kept = ~apart
        moved = np.cumsum(kept) - 1
        met = kept[self.places]
        return Links(
            self.first[kept],
            self.second[kept],
            self.inside[kept],
            self.around[kept],
            self.first_units[met],
            self.second_units[met],
            moved[self.places[met]],
        )

    def find_winners(self, priorities: Numbers) -> tuple[Numbers, Numbers]:
        """Return units that win and beside each a unit that it beats; `priorities` are by filter number."""
        import numpy as np

        first_wins = np.where(
            self.inside | self.around, self.inside, priorities[self.first] > priorities[self.second]
        )[self.places]
        return (
            np.where(first_wins, self.first_units, self.second_units),
            np.where(first_wins, self.second_units, self.first_units),
        )

    def find_conflicts(self, priorities: Numbers) -> Numbers:
        """Return the places of pairs that are equal, or overlap with nothing to decide."""
        import numpy as np

        undecided = priorities[self.first] == priorities[self.second]
        conflicts: Numbers = np.flatnonzero((self.inside == self.around) & (self.inside | undecided))
        return conflicts


def join_links(parts: Sequence[Links]) -> Links:
    """Return the pairs of all `parts`, which have no pair in common."""
    import numpy as np

    starts = np.cumsum([0] + [len(part.first) for part in parts])
    places = [part.places + start for part, start in zip(parts, starts)]
    return Links(
        np.concatenate([part.first for part in parts]),
        np.concatenate([part.second for part in parts]),
        np.concatenate([part.inside for part in parts]),
        np.concatenate([part.around for part in parts]),
        np.concatenate([part.first_units for part in parts]),
        np.concatenate([part.second_units for part in parts]),
        np.concatenate(places),
    )
