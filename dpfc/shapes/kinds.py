"""Sorts the boxes of a frame by what is plain of all of them together.

In: a frame. Out: kinds: boxes of one table and priority whose filters have their other boxes in the same
tables. Of many boxes of one kind beside many of another, it is often plain that none contains any: hosts
beside ports.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING

from dpfc.shapes.distinct import list_distinct
from dpfc.shapes.frame import Frame

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from dpfc.shapes.contain import Numbers, Ranks


@dataclass(frozen=True, slots=True, eq=False)
class Kinds:
    """Boxes by kind: of one group, and of filters that have boxes in the same tables.

    Args:
        frame: the boxes.
        numbers: the kind of each box.
        tables: for each kind, its table, and all tables in which its filters have boxes.
        single: whether no filter has two boxes in one table.
        widths: ranks in each dimension of each box.
        apart: for each two tables, whether all boxes of one are apart from all of the other.
    """

    frame: Frame
    numbers: Numbers
    tables: tuple[tuple[int, tuple[int, ...]], ...]
    single: bool
    widths: Ranks
    apart: NDArray[np.bool_]

    def split(self, earlier: Numbers, later: Numbers, least: int) -> list[tuple[Numbers, Numbers]]:
        """Return the parts of a product that have one kind on each side.

        Where parts would have fewer than `least` pairs on average, the product stays as it is.
        """
        import numpy as np

        sides = [(boxes, self.numbers[boxes]) for boxes in (earlier, later)]
        kinds = [np.unique(numbers) for _, numbers in sides]
        if len(kinds[0]) * len(kinds[1]) * least > len(earlier) * len(later):
            return [(earlier, later)]
        parts = [
            [boxes[numbers == kind] for kind in some]
            for (boxes, numbers), some in zip(sides, kinds, strict=True)
        ]
        return list(product(*parts))

    def are_apart(self, first: Numbers, second: Numbers) -> bool:
        """Say whether it is plain that no filter of one side contains a filter of the other.

        Each box sticks out of every box of the other side in some dimension, and the other filters' boxes in
        other tables do not meet it.
        """
        if not self.single or any(len(set(self.numbers[side].tolist())) > 1 for side in (first, second)):
            return False
        return self._sticks_out(first, second) and self._sticks_out(second, first)

    def _sticks_out(self, inner: Numbers, outer: Numbers) -> bool:
        least, most = self.widths[:, inner].min(axis=1), self.widths[:, outer].max(axis=1)
        table, _ = self.tables[self.numbers[inner[0]]]
        other, family = self.tables[self.numbers[outer[0]]]
        siblings = [number for number in family if number != other]
        return bool((least > most).any()) and all(self.apart[table, number] for number in siblings)


def sort_kinds(frame: Frame, groups: Numbers) -> Kinds:
    """Return the kinds of the boxes of `frame`; boxes of a group are of one table and priority."""
    import numpy as np

    count = len(frame.tables)
    present = list_distinct(frame.ids * count + frame.origins)  # tables of each filter
    families, family = _number_families(present // max(1, count), present % max(1, count))
    owners = list_distinct(frame.ids)
    combined = groups * max(1, len(families)) + family[np.searchsorted(owners, frame.ids)]
    kinds, firsts, numbers = np.unique(combined, return_index=True, return_inverse=True)
    tables = tuple(
        (int(frame.origins[box]), families[kind % len(families)])
        for kind, box in zip(kinds.tolist(), firsts.tolist(), strict=True)
    )
    widths = frame.boxes.highs - frame.boxes.lows
    return Kinds(frame, numbers, tables, len(present) == len(frame.ids), widths, _find_apart(frame))


def _number_families(owners: Numbers, tables: Numbers) -> tuple[list[tuple[int, ...]], Numbers]:
    """Return all sets of tables that some filter has boxes in, and for each filter the number of its set."""
    import numpy as np

    numbers: dict[tuple[int, ...], int] = {}
    starts = np.flatnonzero(np.diff(owners, prepend=-1))
    members = tables.tolist()
    family = [
        numbers.setdefault(tuple(members[start:end]), len(numbers))
        for start, end in zip(starts.tolist(), np.append(starts[1:], len(members)).tolist())
    ]
    return list(numbers), np.array(family, dtype=np.int64)


def _find_apart(frame: Frame) -> NDArray[np.bool_]:
    import numpy as np

    count, dimensions = len(frame.tables), len(frame.subjects)
    lows = np.full((count, dimensions), np.iinfo(np.int32).max, dtype=np.int32)
    highs = np.full((count, dimensions), -1, dtype=np.int32)
    np.minimum.at(lows, frame.origins, frame.boxes.lows.T)
    np.maximum.at(highs, frame.origins, frame.boxes.highs.T)
    before = lows[:, None, :] > highs[None, :, :]
    apart: NDArray[np.bool_] = np.any(before | before.transpose(1, 0, 2), axis=2)
    return apart
