"""What metadata owns, as XN compares it.

In: nothing. Out: `Owned`, one tuple of an owns-udf, with the type as a number of the type catalogue.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NewType, TypeAlias

Type = NewType("Type", int)
"""A type of the catalogue: 256 * the number of its set + its position in the set. 0 is `DATA`."""

DATA = Type(0)
"""Bytes without structure: they own nothing."""

Place: TypeAlias = tuple[int, tuple[int, ...]]
"""An object: the block where it lies, and the partitions whose parts lead to it. `(7, ())` is the object that
starts at block 7, `(7, (3, 1))` the part that partition 1 of its partition 3's part is."""


@dataclass(frozen=True, slots=True)
class Owned:
    """Blocks `start` ... `start + count - 1`, as one object of `type`, to which `arguments` are passed."""

    start: int
    count: int
    type: Type
    arguments: tuple[int, ...] = ()

    @property
    def blocks(self) -> range:
        """The numbers of the blocks."""
        return range(self.start, self.start + self.count)


def is_balanced(
    before: Sequence[Owned], after: Sequence[Owned], gives: Sequence[Owned] = (), takes: Sequence[Owned] = ()
) -> bool:
    """Say whether after = before + gives - takes, as multisets; a run of five data blocks is five blocks.

    Data are compared by where runs begin and end: a run of a billion blocks costs what one block does.
    """
    if not (before or after or gives or takes):
        return True
    whole: Counter[Owned] = Counter()
    edges: Counter[int] = Counter()
    for sign, tuples in ((1, before), (1, gives), (-1, takes), (-1, after)):
        for each in tuples:
            if each.type == DATA:
                edges[each.start] += sign
                edges[each.start + each.count] -= sign
            else:
                whole[each] += sign
    return not any(whole.values()) and not any(edges.values())
