"""Many boxes over several columns, the first that has the key wins: rule sets with prefixes and ranges.

Nothing in the code depends on the rules: sizes and places are numbers in the table's header, and whatever the
bytes are, the last step before each load is an AND with a constant, so the validator can bound it.

    0                header (`GROUPS` and the names below): u32 each
    256              classes, u16: for each narrow column (up to 16 bits) its class, for every number
    then             products, u16: class of the columns so far * classes of the next + its class -> service
                     nodes, 16 bytes: start u64, first u32, last u16, shift u8, column u8
                     patterns, u8 or u16: one row per pattern, one number per service
                     lists, u32: ranks of boxes
                     answers, u32: by rank, then the default
                     scan, u64: rank, then low and high of every column
                     owners, u8: by rank, the number of the group, from 1, or 0 when scanned

The narrow columns of a key are looked up one by one and combined: the *service* says which of all triples of
port ranges and protocols, say, have the key. The wide columns lead through a graph of nodes:

    node, key k of its column:    next = first + min((k < start ? 0 : k - start) >> shift, last)

A node without choice (last = 0) is an end: it leads to itself, and its start holds a pattern (low half) and
a list (high half). `lists[list + patterns[pattern + service]]` is the rank of the first box that has the key,
or the number of boxes. Lists differ with every rule, patterns only with the services that rules combine, so
most ends share one. No box is compared with the key at all.

Boxes that are narrow in different columns multiply in one graph; so there are up to 7 *groups* of boxes, each
with its own graph, and the least rank wins. What fits none (hostile sets) is scanned, one after another.

All graphs take a fixed number of steps (that suffices for nine keys in ten) before anybody asks whether the
end was reached. `write_many_boxes` takes several keys through the steps side by side: each step waits for a
load, so eight lookups together take a third of the time of eight lookups one after another.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from runtime import limits
from runtime.ir.nodes import Type

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from runtime.tables.boxes_arrays import Columns

HEADER_BYTES = 256
CLASS_ALIGNMENT = 64
REACH = 1 << 28  # bytes of address space; no index leads further
MAX_COLUMNS = 8
MAX_GROUPS = 7
MAX_STEPS = 63  # from the root of a graph to any end
MAX_SCANNED = (2 * limits.MAX_TABLE_ENTRIES) - 1

# Places in the header. A place is counted in units of what lies there.
GROUPS = 0  # how many graphs
SCANNED = 4  # how many boxes are scanned
SCAN = 8  # place of the first of them, in u64
ANSWERS = 12  # place of the answers
NOBODY = 16  # the number of boxes: the rank of the default
PATTERN_SHIFT = 20  # 0 when the numbers of patterns take a byte, 1 when they take two; places count bytes
PATTERN_MASK = 24  # the largest number of one or two bytes
OWNERS = 28  # place of the owners, which only the judge reads
PRODUCTS = 32  # for each product: its place, and the number of classes of its second factor
GRAPHS = 128  # for each graph: place of the root, and the steps that most keys need


@dataclass(frozen=True, slots=True)
class Boxes:
    """What the code depends on.

    Args:
        keys: types of the key columns, at most `MAX_COLUMNS`.
        default: the answer when no box has the key; answers are u32.
    """

    keys: tuple[Type, ...]
    default: int = 0

    @property
    def wide(self) -> tuple[int, ...]:
        """The columns that lead through the graphs."""
        return tuple(index for index, type_ in enumerate(self.keys) if type_.bits > 16)

    @property
    def narrow(self) -> tuple[int, ...]:
        """The columns that are looked up."""
        return tuple(index for index, type_ in enumerate(self.keys) if type_.bits <= 16)

    @property
    def classes(self) -> tuple[int, ...]:
        """Offset of the classes of each narrow column, and of what follows them."""
        offsets = [HEADER_BYTES]
        for index in self.narrow:
            size = 2 << self.keys[index].bits
            offsets.append(offsets[-1] + size + -size % CLASS_ALIGNMENT)
        return tuple(offsets)

    @property
    def box_words(self) -> int:
        """Numbers of 64 bits that one scanned box takes."""
        return 1 + 2 * len(self.keys)

    @property
    def bytes(self) -> int:
        """Bytes of address space; what no rule needs is never touched."""
        return REACH + 8 * (1 + 2 * MAX_COLUMNS)

    def describe(self) -> str:
        """Return the choice in a few words."""
        return f"graphs over {len(self.wide)} wide columns, classes of {len(self.narrow)} narrow ones"


def build_boxes(boxes: Boxes, lows: Columns, highs: Columns, answers: NDArray[np.uint32]) -> bytes:
    """Return the bytes for boxes given in winning order.

    Args:
        boxes: the columns.
        lows: one array per column, one number per box.
        highs: like `lows`; each at least its low.
        answers: one per box.
    """
    from runtime.tables.boxes_build import build_bytes  # loads numpy

    return build_bytes(boxes, lows, highs, answers)


def confirm_boxes(
    boxes: Boxes, lows: Columns, highs: Columns, answers: NDArray[np.uint32], data: bytes
) -> None:
    """Assert that `data` answers exactly what the boxes say; arguments as for `build_boxes`."""
    from runtime.tables.boxes_confirm import confirm_bytes  # loads numpy

    confirm_bytes(boxes, lows, highs, answers, data)
