"""What a crash must not tear apart: a change of pointers lies in one sector.

In: an object before and after. Out: nothing, or a refusal. The disk writes sectors whole, but a block of
eight sectors in any order. Three rules keep every mixture of old and new sectors harmless in a persistent
tree:

1. a change of what is owned lies in one sector;
2. what decides about one pointer (the read set of its partition) lies in one sector, or halves of two
pointers
   could meet;
3. the discriminator of an object of several sectors is fixed once the block has been written: old pointers
must not be read
   as another type's.

While a block was never written, nothing on the disk can point to it, and there is nothing to tear.
"""

from __future__ import annotations

from collections.abc import Iterable

from vm.xn.limits import BLOCK, SECTOR
from vm.xn.place import Spot
from vm.xok.refusal import Code, Refusal


def check_atomic(spot: Spot, before: bytes, after: bytes | bytearray, partitions: Iterable[int]) -> None:
    """Refuse a change of what is owned that a crash could tear.

    Args:
        spot: the object; of a tree or a block to which the rules apply (`is_exposed`).
        before: its bytes.
        after: its bytes as they would be.
        partitions: whose pointers change, where that is known.

    Raises:
        Refusal: CROSS_SECTOR.
    """
    if spot.in_one_sector:
        return
    changed = list_changed_sectors(spot, before, after)
    if len(changed) > 1:
        message = f"the change of block {spot.entry.block} reaches sectors {changed}"
        raise Refusal(Code.CROSS_SECTOR, message)
    for start, end in spot.loaded.discriminator:
        if before[start:end] != after[start:end]:
            message = (
                f"the `{spot.loaded.name}` at {spot.place} has several sectors: its discriminator is fixed"
            )
            raise Refusal(Code.CROSS_SECTOR, message)
    for partition in partitions:
        if not _reads_one_sector(spot, partition):
            message = f"partition {partition} of `{spot.loaded.name}` reads more than one sector"
            raise Refusal(Code.CROSS_SECTOR, message)


def is_exposed(spot: Spot) -> bool:
    """Say whether the rules apply: the disk may hold an older version that a reboot would find."""
    entry = spot.entry
    return entry.written and entry.tree.find().standing == "persistent"


def list_changed_sectors(spot: Spot, before: bytes, after: bytes | bytearray) -> list[int]:
    """Return the sectors of the block in which the two differ."""
    found = []
    for sector in range(spot.offset // SECTOR, -(-spot.end // SECTOR)):
        start = max(0, sector * SECTOR - spot.offset)
        end = min(spot.length, (sector + 1) * SECTOR - spot.offset)
        if before[start:end] != after[start:end]:
            found.append(sector)
    return found


def _reads_one_sector(spot: Spot, partition: int) -> bool:
    sectors = {
        place // SECTOR
        for start, end in list_reads(spot, partition)
        for place in (spot.offset + start, spot.offset + end - 1)
    }
    return len(sectors) <= 1


def list_reads(spot: Spot, partition: int) -> list[tuple[int, int]]:
    """Return the byte ranges (start, end) of the object that a partition reads."""
    rows = spot.loaded.run.reads(spot.arguments, partition, spot.length)
    return [(start, min(start + length, BLOCK)) for start, length in rows.tolist() if length]
