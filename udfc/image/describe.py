"""Objects and blocks in words.

In: a walk and its names. Out: text: `ext_inode 12 /etc/passwd`, `ext_indirect at block 258 of ext_inode 12
/etc/passwd`, `blocks 7-9`.
"""

from __future__ import annotations

from collections.abc import Iterable

from udfc.image.names import Names
from udfc.image.table import NONE
from udfc.image.walk import Walk


def describe_object(walk: Walk, names: Names, number: int) -> str:
    """Return what an object is, and of which file."""
    item = walk.object(number)
    if number in walk.files.identities:
        return describe_file(walk, names, number)
    text = f"{item.template} at {describe_place(walk, item.place, item.length)}"
    head = int(walk.files.heads[number])
    return text if head == NONE else f"{text} of {describe_file(walk, names, head)}"


def describe_file(walk: Walk, names: Names, number: int) -> str:
    """Return template, identity and path of an object that has an identity."""
    identity = walk.files.identities[number]
    path = names.path(identity)
    return f"{walk.object(number).template} {identity}" + (f" {path}" if path is not None else "")


def describe_place(walk: Walk, place: int, length: int) -> str:
    """Return bytes of the image as blocks where they are whole ones."""
    unit = walk.unit
    if place % unit or length % unit:
        return f"byte {place}"
    return describe_blocks(place // unit, length // unit)


def describe_blocks(first: int, count: int) -> str:
    """Return `block 7` or `blocks 7-9`."""
    return f"block {first}" if count == 1 else f"blocks {show_range(first, count)}"


def show_range(first: int, count: int) -> str:
    """Return `7` or `7-9`."""
    return f"{first}" if count <= 1 else f"{first}-{first + count - 1}"


def show_ranges(ranges: Iterable[tuple[int, int]], most: int | None) -> str:
    """Return `7-9 12 20-31`; of more than `most` ranges the first ones, and how many there are."""
    shown = [show_range(first, count) for first, count in ranges]
    if most is None or len(shown) <= most:
        return " ".join(shown)
    return " ".join(shown[:most]) + f" ... ({len(shown) - most:,} more ranges)"


def join_ranges(ranges: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return ranges of (first, count) sorted and joined."""
    joined: list[tuple[int, int]] = []
    for first, count in sorted(ranges):
        if joined and first <= joined[-1][0] + joined[-1][1]:
            start = joined[-1][0]
            joined[-1] = (start, max(joined[-1][1], first + count - start))
        else:
            joined.append((first, count))
    return joined
