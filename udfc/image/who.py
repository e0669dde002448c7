"""Who owns a block: the chain of metadata from the root to it.

In: a walk and a block number. Out: chains, one for each owner; usually there is one.
"""

from __future__ import annotations

from dataclasses import dataclass

from udfc.image.partition import find_partition, name_partition
from udfc.image.table import NONE
from udfc.image.walk import Walk

_DEEP = 64
"""Links of a chain that are shown, the nearest ones: others may be thousands."""

MOST_CHAINS = 16


@dataclass(frozen=True, slots=True)
class Link:
    """One object on the way, and how it leads on.

    Args:
        number: of the object, in `Walk.objects`.
        partition: of the object, that owns what follows; None where that is not known.
        field: a name for what the partition reads; empty when there is none.
    """

    number: int
    partition: int | None
    field: str


@dataclass(frozen=True, slots=True)
class Chain:
    """A way from the root to a block.

    Args:
        links: the root first, unless the chain was cut.
        cut: links that are left out before the first.
        template: of what is at the block.
        first, count: the blocks that are owned together.
        child: the object there, None of data.
    """

    links: tuple[Link, ...]
    cut: int
    template: str
    first: int
    count: int
    child: int | None


@dataclass(frozen=True, slots=True)
class Answer:
    """What is known about a block.

    Args:
        chains: at most `MOST_CHAINS`.
        owners: how many extents cover it.
        is_root: whether the root itself lies there.
        marked: what the allocation map says, None when there is none.
    """

    block: int
    chains: tuple[Chain, ...]
    owners: int
    is_root: bool
    marked: bool | None


def find_who(walk: Walk, block: int) -> Answer:
    """Return who owns `block`, which must be in the file system."""
    rows = walk.find_extents(block).tolist()
    chains = tuple(_make_chain(walk, row, block) for row in rows[:MOST_CHAINS])
    place, length = int(walk.objects.place[0]), int(walk.objects.length[0])
    is_root = place < (block + 1) * walk.unit and place + length > block * walk.unit
    marks, marked = walk.marks, None
    if marks is not None:
        middle = block * walk.unit
        marked = bool(((marks.start < middle + walk.unit) & (marks.end > middle)).any())
    return Answer(block, chains, len(rows), is_root, marked)


def _make_chain(walk: Walk, row: int, block: int) -> Chain:
    extents, unit = walk.extents, walk.unit
    place, length = int(extents.place[row]), int(extents.length[row])
    numbers = [int(extents.owner[row])]
    cut = 0
    while (parent := int(walk.objects.parent[numbers[-1]])) != NONE:
        numbers.append(parent)
    if len(numbers) > _DEEP:
        cut = len(numbers) - _DEEP
        del numbers[_DEEP:]
    links = []
    target = max(place, block * unit)
    for number in numbers:
        links.append(_make_link(walk, number, target))
        target = int(walk.objects.place[number])
    child = int(extents.child[row])
    first = place // unit
    return Chain(
        tuple(reversed(links)),
        cut,
        walk.template_name(int(extents.template[row])),
        first,
        -(-(place + length) // unit) - first,
        child if child != NONE else None,
    )


def _make_link(walk: Walk, number: int, target: int) -> Link:
    """Return how the object `number` leads to the byte `target`."""
    partition = find_partition(walk, number, target)
    if partition is None:
        return Link(number, None, "")
    template = walk.readers[int(walk.objects.template[number])].template
    return Link(number, partition, name_partition(template, walk.object(number), partition))
