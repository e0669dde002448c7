"""Confirm that the bytes of an open hash answer exactly a map, from the bytes alone; with NumPy.

In: a layout, a table's bytes, and the rows that should be there. A lookup of key k reads one slot, `home(k)`,
which depends on k and on the bytes. So a slot can only ever answer the one key that is written in it, and
only if it is that key's home. These slots are counted, all of them; as many rows are wanted, each is found,
no two in one slot: then no other key has an answer.

Nothing of the bookkeeping by which tables are changed is used here: an error there shall not hide itself.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from runtime.tables.open_hash import OpenHash
from runtime.tables.open_hash_arrangement import Arrangement, read_arrangement
from runtime.tables.open_hash_columns import Numbers, Numbers64, Words, pack_columns
from runtime.tables.words import word_bits


def confirm_open_hash(
    layout: OpenHash, view: memoryview, columns: Sequence[Numbers], answers: Numbers
) -> None:
    """Assert that the table answers `answers` for the keys in `columns`, and the default for all others.

    Args:
        layout: what the code was made for.
        view: the table's bytes.
        columns: one array for each key column; no key comes twice.
        answers: one for each key.
    """
    arrangement = read_arrangement(layout, view[: layout.displacements].cast("Q"))
    if arrangement is None:
        assert not len(answers), "an untouched table has no rows"
        assert not any(view[layout.first_slot : layout.first_slot + layout.slot_bytes]), "and an empty slot"
        return
    assert all(multiplier & 1 for multiplier in arrangement.multipliers), "multipliers keep all bits"
    slots, displacements = _view_place(layout, arrangement, view)
    tags = slots[:, 0]
    words = _split_words(layout, slots)
    answering = (tags != 0) & (
        _find_homes(layout, arrangement, displacements, words) == np.arange(len(slots))
    )
    for word, columns_of_word in zip(words, layout.words, strict=True):
        highest = np.uint64((1 << word_bits(columns_of_word)) - 1)
        assert (word[answering] <= highest).all(), "the words of every row are of some key"
    assert not (tags >> np.uint64(63)).any(), "no tag leads beyond the slots"
    wanted = pack_columns(layout, columns)
    homes = _find_homes(layout, arrangement, displacements, wanted)
    for word, stored in zip(wanted, words, strict=True):
        assert (word == stored[homes]).all(), "each key is in its slot"
    found = tags[homes] >> np.uint64(32) if layout.shared else tags[homes]
    assert (found == answers.astype(np.uint64)).all(), "each key has its answer"
    assert answering[homes].all(), "each key is where it is looked for"
    assert len(np.unique(homes)) == len(homes), "each key has a slot of its own"
    assert np.count_nonzero(answering) == len(homes), "the table answers keys that are not in the map"


def _view_place(
    layout: OpenHash, arrangement: Arrangement, view: memoryview
) -> tuple[Numbers64, NDArray[np.uint16]]:
    """Return the slots, one row each, and the displacements of this size."""
    size, buckets = arrangement.size, arrangement.buckets
    first = layout.first_slot + size * layout.slot_bytes
    slots = np.frombuffer(view, np.uint64, size * layout.slot_bytes // 8, first)
    displacements = np.frombuffer(view, np.uint16, buckets, layout.displacements + 2 * buckets)
    return slots.reshape(size, -1), displacements


def _split_words(layout: OpenHash, slots: Numbers64) -> Words:
    words = [slots[:, 1 + index] for index in range(layout.further)]
    return [*words, slots[:, 0] & np.uint64(0xFFFFFFFF)] if layout.shared else words


def _find_homes(
    layout: OpenHash, arrangement: Arrangement, displacements: NDArray[np.uint16], words: Words
) -> NDArray[np.int64]:
    """Return the slot in which a lookup of each key looks."""
    total = np.zeros(len(words[0]), np.uint64)
    for part, multiplier in zip(layout.parts, arrangement.multipliers, strict=True):
        number = words[part.word] >> np.uint64(part.shift) & np.uint64(part.mask)
        total += number * np.uint64(multiplier)
    displacement = displacements[total >> np.uint64(arrangement.shift)].astype(np.uint64)
    moved = total >> (displacement & np.uint64(63)) ^ displacement
    homes = moved >> np.uint64(arrangement.slot_shift) & np.uint64(arrangement.size - 1)
    positions: NDArray[np.int64] = homes.astype(np.int64)
    return positions
