"""Two partitions exchange what they own.

In: two places, and the bytes of each. Out: nothing, or a refusal. A crash may come between any two sectors,
so in a persistent tree both places lie in one.

Source: ORIGINALS.md 3.2 (swap).
"""

from __future__ import annotations

from collections.abc import Sequence

from vm.xn.atomic import check_atomic, is_exposed, list_changed_sectors
from vm.xn.change import Change, store
from vm.xn.compare import compare, list_around_touched, list_partition
from vm.xn.judge import ask_access
from vm.xn.modify import make_change
from vm.xn.owned import Owned, Place
from vm.xn.place import Spot
from vm.xn.registry import Entry
from vm.xn.state import State
from vm.xn.taint import add_hindrance, reaches, remove_hindrance
from vm.xok.capability import Capability
from vm.xok.environment import Environment
from vm.xok.refusal import Code, Refusal


def swap(
    state: State,
    environment: Environment,
    sides: tuple[
        tuple[Place, int, Sequence[tuple[int, bytes]]], tuple[Place, int, Sequence[tuple[int, bytes]]]
    ],
    capability: Capability,
) -> None:
    """Exchange what two partitions own: afterwards each owns what the other did.

    Raises:
        Refusal: CROSS_SECTOR where a crash could come between the two; OWNS_CHANGED; otherwise as
            `change_bytes`.
    """
    changes = []
    for place, partition, writes in sides:
        change = make_change(state, environment, place, writes)
        change.partitions = [partition]
        changes.append(change)
    first, second = changes
    if _overlap(first.spot, second.spot):
        raise Refusal(Code.BAD_ARGUMENT, "the two places overlap: modify the object instead")
    if any(list_around_touched(change) for change in changes):
        # Each side is compared by itself: together they could make a third object another.
        raise Refusal(Code.OWNS_CHANGED, "a swap leaves alone what the objects around go by")
    _check_swap_atomic(first, second)
    owned = [list_partition(change, change.before) for change in changes]
    first.gives, first.takes, second.gives, second.takes = owned[1], owned[0], owned[0], owned[1]
    for change in changes:
        ask_access(state, environment, change, capability)
        compare(change)
    moved = [_list_bound(state, tuples) for tuples in owned]
    if first.spot.entry is not second.spot.entry:
        _check_circles(first, second, [*moved[0], *moved[1]])
    for change in changes:
        store(state, change)
    for change, entries in zip(changes, (moved[1], moved[0])):
        for entry in entries:
            _move(entry, change.spot)


def _list_bound(state: State, tuples: list[Owned]) -> list[Entry]:
    """Return the entries of what is owned; raw ones are nobody's."""
    entries = [state.registry.get(block) for each in tuples for block in each.blocks]
    return [entry for entry in entries if entry is not None and entry.type is not None]


def _check_swap_atomic(first: Change, second: Change) -> None:
    """Refuse a swap that a crash could leave half done; blocks that were never written cannot be torn."""
    spots = (first.spot, second.spot)
    if spots[0].entry.tree.find() is not spots[1].entry.tree.find():
        raise Refusal(Code.CROSS_SECTOR, "the places are in two trees, with rules of order of their own")
    if not any(is_exposed(spot) for spot in spots):
        return
    places: set[tuple[int, int]] = set()
    for change in (first, second):
        check_atomic(change.spot, change.before, change.after, moves=True)
        sectors = list_changed_sectors(change.spot, change.before, change.after)
        places.update((change.spot.entry.block, sector) for sector in sectors)
    if len(places) > 1:
        raise Refusal(
            Code.CROSS_SECTOR, f"the swap reaches {len(places)} sectors: a crash could come between"
        )


def _check_circles(first: Change, second: Change, moved: list[Entry]) -> None:
    """Refuse to let a block be waited for by an owner for which it waits itself."""
    for entry in moved:
        if entry.hinders and reaches(entry, (first.spot.entry, second.spot.entry)):
            raise Refusal(Code.CYCLE, f"block {entry.block} waits for the block that would wait for it")


def _overlap(first: Spot, second: Spot) -> bool:
    return first.entry is second.entry and first.offset < second.end and second.offset < first.end


def _move(entry: Entry, spot: Spot) -> None:
    """`spot` points to `entry` now; both are in the block where its owner was, or in a tree without rules."""
    was = entry.owner
    assert was is not None, "what is swapped had an owner"
    entry.parent = spot.place
    if was is not spot.entry:
        del was.kids[entry.block]
        was.fresh.pop(entry, None)
        entry.persistent = False  # neither owner was written, or nothing will be led to what was
        if entry.hinders:
            remove_hindrance(was)
            add_hindrance(spot.entry)
        entry.owner = spot.entry
        spot.entry.kids[entry.block] = entry
        spot.entry.fresh[entry] = None
