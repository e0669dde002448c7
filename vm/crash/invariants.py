"""What must hold after every crash, whatever the workload promised: a table of small functions.

In: an `Aftermath`: what a reboot and the walk of the crash tester have found. Out: for each
invariant that does not hold, sentences that say where.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from vm.crash.marks import find_poison
from vm.crash.ownership import Ownership
from vm.xn.recover import Recovery


@dataclass(frozen=True, slots=True)
class Aftermath:
    """What was found after a reboot, before any library did anything.

    Args:
        recovery: what the kernel says.
        free: the kernel's free map: a byte for each block, 1 = free.
        walk: who owns what, as the crash tester finds it.
        read: returns the bytes of (first block, how many).
    """

    recovery: Recovery
    free: bytes
    walk: Ownership
    read: Callable[[int, int], bytes]


@dataclass(frozen=True, slots=True)
class Invariant:
    """A fact about every aftermath.

    Args:
        name: short, for reports and tests.
        says: the fact.
        search: yields sentences that say where it does not hold.
    """

    name: str
    says: str
    search: Callable[[Aftermath], Iterator[str]]


def _search_second_owners(aftermath: Aftermath) -> Iterator[str]:
    for block, who in aftermath.walk.twice:
        yield f"block {block} is owned by {aftermath.walk.owners[block]} and by {who}"


def _search_free_owned(aftermath: Aftermath) -> Iterator[str]:
    for block, who in aftermath.walk.owners.items():
        if aftermath.free[block]:
            yield f"block {block} is free, and owned by {who}"


def _search_lost(aftermath: Aftermath) -> Iterator[str]:
    if not aftermath.recovery.walked:
        return  # an ordered map may have leaked what was under way
    free, owners = aftermath.free, aftermath.walk.owners
    lost = [
        block
        for block in range(aftermath.walk.first_block, len(free))
        if not free[block] and block not in owners
    ]
    if lost:
        yield f"{len(lost)} blocks are neither owned nor free, block {lost[0]} is the first"


def _search_unwritten_metadata(aftermath: Aftermath) -> Iterator[str]:
    yield from aftermath.walk.unwritten


def _search_stray(aftermath: Aftermath) -> Iterator[str]:
    yield from aftermath.walk.stray


def _search_unwritten_data(aftermath: Aftermath) -> Iterator[str]:
    for block, who in aftermath.walk.data:
        matter = find_poison(aftermath.read(block, 1))
        if matter is not None:
            yield f"data block {block}, which {who} owns, {matter}"


def _search_distrust(aftermath: Aftermath) -> Iterator[str]:
    yield from aftermath.recovery.findings


INVARIANTS: tuple[Invariant, ...] = (
    Invariant("one owner", "no block is owned twice", _search_second_owners),
    Invariant("owned is not free", "no block that is owned is in the free map", _search_free_owned),
    Invariant("nothing lost", "after a walk, a block that nobody owns is free", _search_lost),
    Invariant("metadata written", "no pointer leads to metadata never written", _search_unwritten_metadata),
    Invariant("data written", "no pointer leads to data never written", _search_unwritten_data),
    Invariant("owns blocks", "metadata owns blocks of the disk, of types that exist", _search_stray),
    Invariant("trusted", "recovery finds nothing that it cannot trust", _search_distrust),
)
"""In the order in which they are judged."""


def judge_aftermath(aftermath: Aftermath) -> Iterator[tuple[str, str]]:
    """Yield (name of an invariant, where it does not hold)."""
    for invariant in INVARIANTS:
        for where in invariant.search(aftermath):
            yield invariant.name, where
