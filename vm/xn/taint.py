"""Taint, and dependencies that libraries add: which block must reach the disk before which.

A block is tainted if it points to a block that was never written, or to a tainted one. `Entry.taint` counts
such kids; a tainted block of a persistent tree may not be written. Data count, too: a file never shows, after
a crash, what somebody else once wrote there.

A library may add `before -> after`. An edge names the version of `before` that must be stable, and goes when
it is. Together with the taint the edges form a graph in which nobody may close a circle; the search visits at
most `MAX_VISITED` blocks, as the released XN's did, so that it costs everybody the same.

Source: Ganger and Patt, OSDI 1994, rules 1 to 3; ORIGINALS.md 3.4, 3.6.
"""

from __future__ import annotations

from collections.abc import Collection

from vm.xn.limits import MAX_LOOKED, MAX_VISITED
from vm.xn.registry import Edge, Entry
from vm.xok.refusal import Code, Refusal


def add_hindrance(owner: Entry) -> None:
    """A kid of `owner` has begun to hinder: count it, upwards as far as that taints anew."""
    entry: Entry | None = owner
    while entry is not None:
        hindered = entry.hinders
        entry.taint += 1
        if hindered:
            return
        entry = entry.owner


def remove_hindrance(owner: Entry) -> None:
    """A kid of `owner` hinders no more."""
    entry: Entry | None = owner
    while entry is not None:
        assert entry.taint > 0, "what was added is removed once"
        entry.taint -= 1
        if entry.hinders:
            return
        entry = entry.owner


def set_initialised(entry: Entry, initialised: bool) -> None:
    """Say whether the disk has an object that a pointer to `entry` may lead to; owners are told."""
    hindered = entry.hinders
    entry.initialised = initialised
    if entry.owner is not None and hindered != entry.hinders:
        (remove_hindrance if hindered else add_hindrance)(entry.owner)


def find_obstacle(entry: Entry) -> Refusal | None:
    """Return why a block in core may not be written now."""
    if entry.taint and entry.tree.find().standing == "persistent":
        return Refusal(Code.TAINTED, f"block {entry.block} has {entry.taint} kids to be written first")
    if entry.before:
        first = min(each.block for each in entry.before)
        return Refusal(Code.DEPENDENCY, f"block {first} must reach the disk before block {entry.block}")
    return None


def add_dependency(before: Entry, after: Entry, payer: int) -> bool:
    """Let `after` wait for the present version of `before`; return whether an edge was added.

    Raises:
        Refusal: CYCLE, QUOTA where the search for circles would visit more than `MAX_VISITED` blocks.
    """
    if before is after:
        raise Refusal(Code.CYCLE, f"block {before.block} cannot wait for itself")
    if not before.dirty and before.stable == before.version and before.initialised:
        return False
    if reaches(before, (after,)):
        raise Refusal(Code.CYCLE, f"block {before.block} already waits for block {after.block}")
    known = after.before.get(before)
    after.before[before] = Edge(before.version, payer if known is None else known.payer)
    before.after[after] = None
    return known is None


def reaches(start: Entry, goals: Collection[Entry]) -> bool:
    """Say whether `start` waits, by any way, for one of `goals`."""
    seen, stack, wanted, looked = {start}, [start], {*goals}, 0
    while stack:
        entry = stack.pop()
        looked += len(entry.kids) if entry.taint else 0
        if looked > MAX_LOOKED:
            raise Refusal(Code.QUOTA, f"more than {MAX_LOOKED} blocks hang from those that wait")
        hindering = [kid for kid in entry.kids.values() if kid.hinders] if entry.taint else []
        for each in (*entry.before, *hindering):
            if each in wanted:
                return True
            if each not in seen:
                if len(seen) == MAX_VISITED:
                    raise Refusal(Code.QUOTA, f"more than {MAX_VISITED} blocks wait for each other")
                seen.add(each)
                stack.append(each)
    return False


def is_awaited(entry: Entry) -> bool:
    """Say whether a block that was never written waits for `entry`, or is it.

    Somebody else's directory may wait for such a block: so a lock does not keep it from being written.
    """
    seen, stack = {entry}, [entry]
    while stack:
        each = stack.pop()
        if not each.initialised:
            return True
        for after in each.after:
            if after not in seen and len(seen) < MAX_VISITED:
                seen.add(after)
                stack.append(after)
    return False


def settle_dependencies(before: Entry, version: int) -> list[int]:
    """`version` of `before` is stable: let go who waited for it; return who paid for each edge."""
    return _cut([after for after in before.after if after.before[before].version <= version], before)


def drop_dependencies(entry: Entry) -> list[int]:
    """`entry` leaves the registry: nobody waits for it any more; return who paid for each edge."""
    payers = _cut(list(entry.after), entry)
    for before, edge in entry.before.items():
        del before.after[entry]
        payers.append(edge.payer)
    entry.before.clear()
    return payers


def _cut(waiting: list[Entry], before: Entry) -> list[int]:
    payers = []
    for after in waiting:
        payers.append(after.before.pop(before).payer)
        del before.after[after]
    return payers
