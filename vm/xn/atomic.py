"""What a crash must not tear apart: a change of pointers lies in one sector.

In: an object before and after. Out: nothing, or a refusal. The disk writes sectors whole, but a block of
eight sectors in any order. Three rules keep every mixture of old and new sectors harmless in a persistent
tree:

1. a change of what is owned lies in one sector;
2. what decides about one pointer (the read set of its partition) lies in one sector, or is fixed: else
   halves of two pointers could meet;
3. the discriminator of an object of several sectors is fixed: else old pointers could be read as another
   type's.

Rules 2 and 3 hold for proved methods too, and for changes that leave alone what is owned: a pointer that
means nothing yet, and a field that gives it a meaning, would be two harmless changes. While a block was never
written, nothing on the disk can point to it, and there is nothing to tear.
"""

from __future__ import annotations

from vm.xn.limits import BLOCK, SECTOR
from vm.xn.place import Spot
from vm.xok.refusal import Code, Refusal


def check_atomic(spot: Spot, before: bytes, after: bytes | bytearray, moves: bool) -> None:
    """Refuse a change that a crash could tear.

    Args:
        spot: the object; of a block to which the rules apply (`is_exposed`).
        before: its bytes.
        after: its bytes as they would be.
        moves: whether what is owned may change.

    Raises:
        Refusal: CROSS_SECTOR.
    """
    if spot.in_one_sector:
        return
    if moves:
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
    for start, end in spot.loaded.wide.find(spot.offset % SECTOR, spot.length, spot.arguments):
        if before[start:end] != after[start:end]:
            message = f"bytes {start} to {end} of `{spot.loaded.name}` and another sector are one pointer"
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


def list_reads(spot: Spot, partition: int) -> list[tuple[int, int]]:
    """Return the byte ranges (start, end) of the object that a partition reads."""
    rows = spot.loaded.run.reads(spot.arguments, partition, spot.length)
    return [(start, min(start + length, BLOCK)) for start, length in rows.tolist() if length]
