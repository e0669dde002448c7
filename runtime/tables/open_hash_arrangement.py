"""How the rows of an open hash are arranged at one size: numbers in the header, which never change.

`runtime.tables.open_hash` draws where they lie, and says how a lookup uses them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from runtime.tables.open_hash import (
    ARRANGEMENT_BYTES,
    ARRANGEMENT_MASK,
    MULTIPLIERS,
    SLOTS_PER_BUCKET,
    OpenHash,
)

MASK64 = (1 << 64) - 1
_STEP = 40503  # odd, so that all 65,536 displacements come up; a step also changes all of their bits


@dataclass(frozen=True, slots=True)
class Arrangement:
    """One size.

    Args:
        size: slots, a power of two.
        slot_shift: log2 of the bytes of a slot.
        multipliers: one for each part of the key, odd.
    """

    size: int
    slot_shift: int
    multipliers: tuple[int, ...]

    @property
    def buckets(self) -> int:
        """How many displacements there are."""
        return self.size // SLOTS_PER_BUCKET

    @property
    def shift(self) -> int:
        """How far a hash is shifted to name its bucket."""
        return 65 - self.buckets.bit_length()

    @property
    def offset(self) -> int:
        """Offset of these numbers in the table: what `current` says while they are used."""
        return (self.size.bit_length() - 1) * ARRANGEMENT_BYTES

    def list_numbers(self) -> tuple[int, ...]:
        """Return what is written at `offset`."""
        first = self.size << self.slot_shift
        return (self.shift, self.buckets, (self.size - 1) << self.slot_shift, first, *self.multipliers)


def make_arrangement(layout: OpenHash, size: int, random: Random) -> Arrangement:
    """Return a new arrangement of `size` slots."""
    multipliers = tuple(random.getrandbits(64) | 1 for _ in layout.parts)
    return Arrangement(size, layout.slot_bytes.bit_length() - 1, multipliers)


def read_arrangement(layout: OpenHash, numbers: memoryview) -> Arrangement | None:
    """Return the arrangement that the table whose u64 words are `numbers` uses; None: it was never written.

    Raises:
        AssertionError: the header is not what `make_arrangement` makes.
    """
    current = numbers[0]
    if not current:
        return None
    assert current & ARRANGEMENT_MASK == current, "`current` leads to an arrangement"
    first = current // 8
    written = tuple(numbers[first : first + MULTIPLIERS + len(layout.parts)])
    size = 1 << current // ARRANGEMENT_BYTES
    assert size <= layout.slots, "the size has a place"
    arrangement = Arrangement(size, layout.slot_bytes.bit_length() - 1, written[MULTIPLIERS:])
    assert arrangement.list_numbers() == written, "the numbers of the header belong together"
    return arrangement


def confirm_key(layout: OpenHash, view: memoryview, words: Sequence[int], answer: int | None) -> None:
    """Assert that the table answers `answer` for one key, given as words; None: it has no row for it."""
    arrangement = read_arrangement(layout, view[: layout.displacements].cast("Q"))
    assert arrangement is not None, "a table that was changed has an arrangement"
    total = 0
    for part, multiplier in zip(layout.parts, arrangement.multipliers, strict=True):
        total += (words[part.word] >> part.shift & part.mask) * multiplier
    total &= MASK64
    place = layout.displacements + 2 * (arrangement.buckets + (total >> arrangement.shift))
    displacement = int.from_bytes(view[place : place + 2], "little")
    inside = (total >> (displacement & 63) ^ displacement) & (arrangement.size - 1) * layout.slot_bytes
    place = layout.first_slot + arrangement.size * layout.slot_bytes + inside
    tag, *further = view[place : place + 8 * (1 + layout.further)].cast("Q")
    stored = [*further, tag & 0xFFFFFFFF] if layout.shared else further
    found = (tag >> 32 if layout.shared else tag) if tag and stored == list(words) else None
    assert found == answer, f"the key is answered {found}, not {answer}"


def try_displacement(bucket: int, attempt: int) -> int:
    """Return the displacement that comes up at the `attempt`-th try for `bucket`."""
    return (bucket * 0x9E37 + attempt * _STEP) & 0xFFFF
