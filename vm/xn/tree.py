"""Trees: which rules of order hold for a block.

In: nothing. Out: `Tree`; every entry of the registry belongs to one.

    persistent   hangs from a root of the catalogue: all rules hold
    temporary    hangs from a root that is gone after a reboot: no rules
    unattached   hangs from nothing yet: no rules until it is attached, and then those of its new owner's tree

Source: Kaashoek et al., SOSP 1997, section 4.4 (ordered updates: temporary file systems, unattached
subtrees).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

Standing: TypeAlias = Literal["persistent", "temporary", "unattached"]


@dataclass(slots=True, eq=False)
class Tree:
    """A tree of blocks.

    Args:
        standing: as it was made.
        guard: the name of the capability that guards the root.
        environment: which made it, while it is unattached.
        joined: the tree that it has become part of.
    """

    standing: Standing
    guard: bytes = b""
    environment: int | None = None
    joined: Tree | None = None

    def find(self) -> Tree:
        """Return the tree that this one is part of now."""
        found = self
        while found.joined is not None:
            found = found.joined
        if self is not found:
            self.joined = found
        return found
