"""Blocks are allocated and freed: what a change gives and takes, guarded first, then done.

In: what a change gives and takes, as `Owned` tuples. Out: entries. `plan_change` refuses or returns a `Plan`,
`carry_out` cannot fail.

The states of a block, and what moves it:

    free --- given ---> owned, pointer in core only (fresh) --- parent is written ---> owned, persistent
      ^                    |                                                             |
      |<----- taken -------+                                                           taken
      |                                                                                  v
      +<---- a write of the former parent, begun after that, is stable ------------ will-free

    free --- allocate_unattached ---> unattached --- given ---> owned

Source: ORIGINALS.md 3.6 (ordering rules 1 and 2, will-free list, unattached subtrees).
"""

from __future__ import annotations

from dataclasses import dataclass

from vm.xn.charge import check_quota, drop_holders, hold, settle_edges
from vm.xn.limits import MAX_BLOCKS_IN_CALL, MAX_OWNED
from vm.xn.orphan import stir, stir_owners
from vm.xn.owned import DATA, Owned
from vm.xn.place import Spot, list_owned
from vm.xn.registry import Entry, Transfer
from vm.xn.state import State
from vm.xn.taint import add_hindrance, drop_dependencies, reaches, remove_hindrance
from vm.xn.unheld import settle_unheld
from vm.xok.account import Resource
from vm.xok.environment import Environment
from vm.xok.refusal import Code, Refusal


@dataclass(slots=True)
class Plan:
    """What a change will do to blocks; everything in it has been checked.

    Args:
        new: blocks that become entries.
        attach: unattached entries that find an owner.
        leaving: entries of blocks that are taken.
        freed: all blocks that are taken, what they own included: runs, and whether a pointer to them may be
            on the disk.
    """

    new: list[Owned]
    attach: list[Entry]
    leaving: list[Entry]
    freed: list[tuple[range, bool]]


def plan_change(
    state: State, environment: Environment, spot: Spot, gives: list[Owned], takes: list[Owned]
) -> Plan:
    """Return what will happen to the blocks that a change of `spot` gives and takes.

    Raises:
        Refusal: BAD_BLOCK, BAD_ARGUMENTS, BAD_ARGUMENT, NO_SUCH_TYPE, NOT_FREE, WILL_FREE, QUOTA, CYCLE about
            what is given; NOT_IN_CORE, TRANSFERRING, LOCKED, HAS_KIDS, HAS_POINTERS about what is taken.
    """
    plan = Plan([], [], [], [])
    seen: set[int] = set()
    for each in gives:
        _plan_gift(state, environment, spot, each, plan, seen)
    for each in takes:
        _plan_loss(state, environment, spot, each, plan)
    _check_once(plan)
    check_quota(environment, Resource.REGISTRY_ENTRIES, sum(each.count for each in plan.new))
    return plan


def _plan_gift(
    state: State, environment: Environment, spot: Spot, owned: Owned, plan: Plan, seen: set[int]
) -> None:
    check_new_object(state, owned)
    for block in owned.blocks:
        if block in seen:
            raise Refusal(Code.NOT_FREE, f"block {block} is given twice")
        seen.add(block)
    first = state.registry.get(owned.start)
    if first is not None and first.tree.find().standing == "unattached" and first.owner is None:
        _check_attachment(environment, spot, first, owned)
        plan.attach.append(first)
        return
    check_free(state, owned)
    plan.new.append(owned)


def check_new_object(state: State, owned: Owned) -> None:
    """Refuse an object that XN would not let anybody own."""
    if not (0 < owned.count <= MAX_BLOCKS_IN_CALL):
        raise Refusal(Code.BAD_ARGUMENT, f"{owned.count} blocks at once")
    if not (state.is_block(owned.start) and state.is_block(owned.start + owned.count - 1)):
        raise Refusal(Code.BAD_BLOCK, f"block {owned.start} lies outside, or is the kernel's own")
    if owned.type == DATA:
        if owned.arguments:
            raise Refusal(Code.BAD_ARGUMENTS, "data take no arguments")
        return
    loaded = state.types.get(owned.type)
    if loaded is None:
        raise Refusal(Code.NO_SUCH_TYPE, f"there is no type {owned.type}")
    if owned.count != 1:
        raise Refusal(Code.BAD_ARGUMENT, f"an object of metadata is one block, not {owned.count}")
    if not loaded.takes(owned.arguments):
        raise Refusal(Code.BAD_ARGUMENTS, f"`{loaded.name}` does not take {owned.arguments}")


def check_free(state: State, owned: Owned) -> None:
    """Refuse blocks that may not be allocated now."""
    if state.closed:
        raise Refusal(
            Code.CLOSED_SUBTREE, "a damaged tree may own any block: nothing is allocated on this disk"
        )
    for block in owned.blocks:
        if state.free_map.is_deferred(block):
            raise Refusal(Code.WILL_FREE, f"block {block} is freed on paper only")
        if not state.free_map.is_free(block):
            raise Refusal(Code.NOT_FREE, f"block {block} is in use")
        stale = state.registry.get(block)
        if stale is not None and stale.type is not None:
            raise Refusal(Code.CLOSED_SUBTREE, f"block {block} is bound, and free: the disk has lied")


def _check_attachment(environment: Environment, spot: Spot, entry: Entry, owned: Owned) -> None:
    if entry.tree.find().environment != environment.id:
        raise Refusal(Code.NOT_FREE, f"block {entry.block} belongs to another environment")
    if entry.type != owned.type or entry.arguments != owned.arguments or owned.count != 1:
        raise Refusal(Code.WRONG_TYPE, f"block {entry.block} was allocated as another type")
    if entry.tree.find() is spot.entry.tree.find():
        raise Refusal(Code.CYCLE, f"block {entry.block} would own itself")
    waiting = [spot.entry]  # for `entry`, as soon as it is attached
    while waiting[-1].owner is not None:
        waiting.append(waiting[-1].owner)
    if entry.hinders and reaches(entry, waiting):
        raise Refusal(
            Code.CYCLE, f"block {entry.block} waits for block {spot.entry.block}, which would wait for it"
        )


def _plan_loss(state: State, environment: Environment, spot: Spot, owned: Owned, plan: Plan) -> None:
    if owned.type != DATA:
        entry = state.registry.get(owned.start)
        if entry is None or entry.type is None:
            raise Refusal(Code.NOT_IN_CORE, f"block {owned.start} must be in core to be freed")
        check_leaving(environment, spot, entry)
        plan.leaving.append(entry)
        plan.freed.append((owned.blocks, entry.persistent))
        plan.freed += [(each.blocks, entry.persistent) for each in _list_below(state, entry)]
        return
    if not (state.is_block(owned.start) and state.is_block(owned.blocks[-1])):
        raise Refusal(Code.BAD_BLOCK, f"block {owned.start} lies outside, or is the kernel's own")
    if owned.count > MAX_BLOCKS_IN_CALL:
        raise Refusal(Code.BAD_ARGUMENT, f"{owned.count} blocks at once")
    for block in owned.blocks:
        if not state.free_map.is_used(block):
            raise Refusal(Code.CLOSED_SUBTREE, f"block {block} is free: whoever wrote this disk lied")
        entry = state.registry.get(block)
        if entry is not None:
            check_leaving(environment, spot, entry)
            plan.leaving.append(entry)
        fresh = entry is not None and entry.type is not None and not entry.persistent
        plan.freed.append((range(block, block + 1), not fresh))


def check_leaving(environment: Environment, spot: Spot, entry: Entry) -> None:
    """Refuse to take a block from under somebody."""
    if entry.owner is not spot.entry and entry.type is not None:
        raise Refusal(Code.NOT_OWNED, f"block {entry.block} is bound to another owner")
    if entry.locked is not None and entry.locked != environment.id:
        raise Refusal(Code.LOCKED, f"block {entry.block} is locked by environment {entry.locked}")
    if entry.kids:
        raise Refusal(Code.HAS_KIDS, f"{len(entry.kids)} blocks below block {entry.block} are bound")
    if entry.transfer is not Transfer.NONE and entry.type is not None:
        raise Refusal(Code.TRANSFERRING, f"block {entry.block} is being {entry.transfer.value[:-3]}")


def _check_once(plan: Plan) -> None:
    """Refuse to free a block twice: only a disk that somebody has lied on owns it twice."""
    lost: set[int] = set()
    for run, _ in plan.freed:
        if not lost.isdisjoint(run):
            raise Refusal(Code.CLOSED_SUBTREE, f"blocks from {run.start} on are owned twice")
        lost.update(run)


def _list_below(state: State, entry: Entry) -> list[Owned]:
    """Return the data that a block of metadata owns: they are freed with it."""
    loaded = entry.loaded
    assert loaded is not None, "its owner knows its type"
    if entry.frame is None:
        if entry.initialised and not entry.blank:
            raise Refusal(Code.NOT_IN_CORE, f"block {entry.block} must be in core to be freed")
        return []  # never anything but zeros, which own nothing
    below = list_owned(loaded, bytes(entry.frame[: loaded.template.maximum]), entry.arguments, MAX_OWNED)
    for each in below:
        if each.type == DATA:
            _check_below(state, entry, each)
        else:
            raise Refusal(Code.HAS_POINTERS, f"block {entry.block} owns a `{state.types[each.type].name}`")
    return below


def _check_below(state: State, entry: Entry, run: Owned) -> None:
    """Refuse to free data of a freed block that somebody is using, or that a damaged disk has lied about."""
    if not (state.is_block(run.start) and state.is_block(run.blocks[-1])):
        raise Refusal(Code.BAD_BLOCK, f"block {run.start} lies outside, or is the kernel's own")
    for block in run.blocks:
        below = state.registry.get(block)
        if not state.free_map.is_used(block) or (below is not None and below.type is not None):
            raise Refusal(Code.CLOSED_SUBTREE, f"block {block} below block {entry.block} has another owner")


def carry_out(state: State, environment: Environment, spot: Spot, plan: Plan) -> None:
    """Do what was planned; the bytes of the object have been changed."""
    owner = spot.entry
    for entry in plan.leaving:
        remove_entry(state, entry)
    _free_runs(state, owner, plan)
    for owned in plan.new:
        for block in owned.blocks:
            state.free_map.take(block)
            entry = make_entry(state, block, owned, owner)
            adopt(entry, spot)
            hold(state, entry, environment)
    for entry in plan.attach:
        tree = entry.tree.find()
        tree.joined = owner.tree.find()
        entry.tree = owner.tree
        environment.account.give(Resource.UNATTACHED)
        adopt(entry, spot)


def make_entry(state: State, block: int, owned: Owned, owner: Entry) -> Entry:
    """Return a new, uninitialised entry of `owner`'s tree; what somebody read raw from there is forgotten."""
    stale = state.registry.get(block)
    if stale is not None:
        remove_entry(state, stale)
    loaded = None if owned.type == DATA else state.types[owned.type]
    entry = Entry(block, owner.tree, owned.type, loaded, owned.arguments)
    state.registry.add(entry)
    return entry


def adopt(entry: Entry, spot: Spot) -> None:
    """`spot` points to `entry` now, in core only."""
    owner = spot.entry
    entry.parent, entry.owner = spot.place, owner
    entry.persistent = False
    owner.kids[entry.block] = entry
    owner.fresh[entry] = None
    if entry.hinders:
        add_hindrance(owner)


def _free_runs(state: State, owner: Entry, plan: Plan) -> None:
    """Free at once what the disk cannot point to; the rest waits for a write of the owner."""
    standing = owner.tree.find().standing
    for run, persistent in plan.freed:
        if persistent and standing == "persistent":
            owner.will_free.append(run)
            state.will_free += len(run)
            for block in run:
                state.free_map.defer(block)
            continue
        release_blocks(state, run)


def release_blocks(state: State, run: range) -> None:
    """Let blocks be allocated again."""
    for block in run:
        if block not in state.quarantined:
            state.free_map.release(block)


def remove_entry(state: State, entry: Entry) -> None:
    """Take an entry without kids out of the registry; what it freed on paper, its owner waits for."""
    owner = entry.owner
    if owner is not None:
        del owner.kids[entry.block]
        owner.fresh.pop(entry, None)
        if entry.hinders:
            remove_hindrance(owner)
            stir_owners(state, entry)
        if entry.will_free:
            if entry.persistent and owner.tree.find().standing == "persistent":
                owner.will_free += entry.will_free
            else:
                for run in entry.will_free:
                    state.will_free -= len(run)
                    release_blocks(state, run)
            entry.will_free = []
    waiting = list(entry.after)
    settle_edges(state, drop_dependencies(entry))
    for after in waiting:
        stir(state, after)
    drop_holders(state, entry)
    if entry.transfer is not Transfer.READING:  # else the disk still writes to the page
        drop_page(state, entry)
    state.orphans.pop(entry.block, None)
    state.registry.remove(entry)
    if owner is not None and not owner.kids:
        settle_unheld(state, owner)


def drop_page(state: State, entry: Entry) -> None:
    """Give the page of a block back to the free ones."""
    if entry.page is not None:
        state.pages.free(entry.page)
        entry.page = entry.frame = None
        entry.parts.clear()


def doom_tree(state: State, entry: Entry) -> None:
    """Give an unattached tree up: a block of it is free when it is not on its way to the disk."""
    found = [entry]
    for each in found:  # it grows: owners before their kids
        found += each.kids.values()
    for each in reversed(found):
        drop_holders(state, each)
        state.doomed[each.block] = each


def bury_doomed(state: State) -> None:
    """Free doomed blocks, as far as that can be done now: kids before their owners."""
    for entry in list(state.doomed.values()):
        if not entry.kids and entry.transfer is Transfer.NONE:
            del state.doomed[entry.block]
            remove_entry(state, entry)
            release_blocks(state, range(entry.block, entry.block + 1))
