"""Many objects of one template, and what they own: the rows with which the walker works.

In: columns. Out: the same, some of them, or joined.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from udfc.image.table import DATA, Mask, Numbers, Words


@dataclass(frozen=True, slots=True)
class Space:
    """The file system as its root sees it.

    Args:
        unit: bytes of a block; at least 1.
        bytes: of all blocks; more than the image has where that was cut off.
    """

    unit: int
    bytes: int


@dataclass(frozen=True, slots=True)
class Batch:
    """Objects of one template that are to be asked.

    Args:
        template: its number.
        ids, places, lengths, arguments: one for each object.
    """

    template: int
    ids: Numbers
    places: Numbers
    lengths: Numbers
    arguments: Words

    def take(self, which: Mask | slice) -> Batch:
        """Return some of the objects."""
        return Batch(
            self.template, self.ids[which], self.places[which], self.lengths[which], self.arguments[which]
        )


@dataclass(frozen=True, slots=True)
class Tuples:
    """What the objects of a batch own: one row for each tuple.

    Args:
        source: which object of the batch, by its place in the batch.
        start, count: the first two words.
        target: the number of the template, DATA, or LOST of a continuation.
        arguments: the other words, as many as the table of objects has, and at least one.
    """

    source: Numbers
    start: Words
    count: Words
    target: Numbers
    arguments: Words

    def take(self, which: Mask) -> Tuples:
        """Return some of the tuples."""
        return Tuples(
            self.source[which],
            self.start[which],
            self.count[which],
            self.target[which],
            self.arguments[which],
        )


@dataclass(frozen=True, slots=True)
class NewExtents:
    """Extents that were just found, each with its tuple."""

    row: Numbers
    place: Numbers
    length: Numbers
    owner: Numbers


def join_batches(batches: Iterable[Batch]) -> Iterable[Batch]:
    """Return batches of the same template as one."""
    groups: dict[int, list[Batch]] = {}
    for batch in batches:
        groups.setdefault(batch.template, []).append(batch)
    for template, group in groups.items():
        if len(group) == 1:
            yield group[0]
            continue
        yield Batch(
            template,
            np.concatenate([each.ids for each in group]),
            np.concatenate([each.places for each in group]),
            np.concatenate([each.lengths for each in group]),
            np.concatenate([each.arguments for each in group]),
        )


def join_data(source: Numbers, target: Numbers, place: Numbers, length: Numbers) -> tuple[Mask, Numbers]:
    """Join blocks of data that lie beside each other and have one owner.

    Returns:
        Which rows begin a piece, and the lengths of the pieces.
    """
    first: Mask = np.ones(len(place), dtype=np.bool_)
    first[1:] = (
        (place[1:] != place[:-1] + length[:-1])
        | (source[1:] != source[:-1])
        | (target[1:] != DATA)
        | (target[:-1] != DATA)
    )
    if first.all():
        return first, length
    return first, np.add.reduceat(length, np.flatnonzero(first))
