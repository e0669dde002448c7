"""Blocks enter the registry, get pages, are looked at, and leave it.

In: what an environment asks for. Out: entries, views of pages. Access is decided when a block is bound and
when a page is mapped; after that nobody is asked (secure binding).

Source: Kaashoek et al., SOSP 1997, sections 4.3 and 4.4; ORIGINALS.md 3.3 (bind modes), 3.6 (registry).
"""

from __future__ import annotations

from collections.abc import Sequence

from vm.xn.access import Operation, check_access, check_block_access
from vm.xn.allocate import remove_entry
from vm.xn.charge import check_hold, check_quota, give_back, hold, pass_page
from vm.xn.orphan import stir
from vm.xn.owned import DATA, Owned, Place
from vm.xn.place import Spot, find_spot
from vm.xn.registry import Entry, Transfer
from vm.xn.state import State
from vm.xn.taint import add_dependency
from vm.xn.unheld import settle_unheld
from vm.xok.account import Resource
from vm.xok.capability import Capability
from vm.xok.environment import Environment
from vm.xok.refusal import Code, Refusal


def bind_block(
    state: State,
    environment: Environment,
    block: int,
    parent: Place,
    partition: int,
    capability: Capability,
) -> None:
    """Bind a block to the object whose `partition` owns it; this environment holds it then.

    Raises:
        Refusal: BAD_BLOCK, CLOSED_SUBTREE, NOT_OWNED, ACCESS_DENIED, TRANSFERRING, BAD_ARGUMENTS, QUOTA; what
            `find_spot` raises.
    """
    if not state.is_block(block):
        raise Refusal(Code.BAD_BLOCK, f"block {block} lies outside, or is the kernel's own")
    spot = find_spot(state.registry, parent)
    entry = state.registry.get(block)
    if entry is None or entry.type is None:
        if block in state.quarantined or spot.entry.block in state.quarantined:
            raise Refusal(Code.CLOSED_SUBTREE, f"recovery could not trust block {block}")
        owned = _find_owned(state, spot, block, partition)
        _check_read(state, environment, spot, capability)
        check_hold(state, entry, environment)
        entry = _enter(state, spot, block, owned, entry)
    else:
        if entry.owner is not spot.entry or entry.parent != spot.place:
            raise Refusal(Code.NOT_OWNED, f"block {block} belongs to {entry.parent}, not to {spot.place}")
        _check_read(state, environment, spot, capability)
        check_hold(state, entry, environment)
    hold(state, entry, environment)


def _check_read(state: State, environment: Environment, spot: Spot, capability: Capability) -> None:
    check_access(state.registry, spot, None, capability, Operation.READ, environment.id, state.seconds)


def _find_owned(state: State, spot: Spot, block: int, partition: int) -> Owned:
    """Return what the partition owns that has `block`."""
    loaded = spot.loaded
    for row in loaded.list_owned(spot.read(), spot.arguments, partition):
        owned = loaded.read_owned(row)
        if loaded.kinds[row[2]].is_part or block not in owned.blocks:
            continue
        if not state.free_map.is_used(block):
            raise Refusal(Code.CLOSED_SUBTREE, f"block {block} is free: whoever wrote this disk lied")
        if owned.type != DATA and (owned.count != 1 or not state.types[owned.type].takes(owned.arguments)):
            raise Refusal(Code.BAD_ARGUMENTS, f"block {block} is no object that XN knows")
        return owned
    raise Refusal(Code.NOT_OWNED, f"partition {partition} of {spot.place} does not own block {block}")


def _enter(state: State, spot: Spot, block: int, owned: Owned, raw: Entry | None) -> Entry:
    """Put a block that the disk points to into the registry; what was read raw is known now."""
    entry = raw or Entry(block, spot.entry.tree)
    entry.tree, entry.type, entry.arguments = spot.entry.tree, owned.type, owned.arguments
    entry.loaded = None if owned.type == DATA else state.types[owned.type]
    entry.parent, entry.owner = spot.place, spot.entry
    entry.initialised = entry.written = entry.persistent = True
    spot.entry.kids[block] = entry
    if raw is None:
        state.registry.add(entry)
    state.registry.unowned.pop(spot.entry.block, None)
    return entry


def insert_raw(state: State, environment: Environment, block: int) -> None:
    """Make room in the registry for a block whose owner is not known yet, to read it early.

    Raises:
        Refusal: BAD_BLOCK, NOT_OWNED where nobody owns it, CLOSED_SUBTREE, QUOTA.
    """
    if not state.is_block(block):
        raise Refusal(Code.BAD_BLOCK, f"block {block} lies outside, or is the kernel's own")
    if state.free_map.is_free(block):
        raise Refusal(Code.NOT_OWNED, f"block {block} is free")
    if block in state.quarantined:
        raise Refusal(Code.CLOSED_SUBTREE, f"recovery could not trust block {block}")
    entry = state.registry.get(block)
    if entry is not None and entry.type is not None:
        raise Refusal(Code.ALREADY_BOUND, f"block {block} is in the registry")
    check_hold(state, entry, environment)
    if entry is None:
        entry = Entry(block, state.nobody)
        entry.initialised = True
        state.registry.add(entry)
    hold(state, entry, environment)


def attach_page(
    state: State,
    environment: Environment,
    block: int,
    page: int,
    contents: bool,
    capability: Capability,
) -> None:
    """Give a page of this environment to a block that is not in core.

    Args:
        state: of XN.
        environment: that owns the page.
        block: of the registry.
        page: becomes the registry's.
        capability: may write the block; a new one, its owner.
        contents: the page's bytes are the block's (data only, with access to write); otherwise zeros, for a
            new block.

    Raises:
        Refusal: NOT_BOUND, UNKNOWN_TYPE, IN_CORE, TRANSFERRING, METADATA, ACCESS_DENIED, LOCKED,
            BAD_ARGUMENT; of the page, NO_SUCH_PAGE, PAGE_BOUND, PAGE_PINNED.
    """
    entry = state.find_entry(block)
    if entry.type is None:
        raise Refusal(Code.UNKNOWN_TYPE, f"block {block} is not bound to a parent")
    if entry.transfer is not Transfer.NONE:
        raise Refusal(Code.TRANSFERRING, f"block {block} is on its way")
    if entry.frame is not None:
        raise Refusal(Code.IN_CORE, f"block {block} has a page")
    if contents and not entry.is_data:
        raise Refusal(Code.METADATA, f"block {block} is metadata: its page begins with zeros")
    if not contents and entry.initialised and not entry.blank:
        raise Refusal(Code.BAD_ARGUMENT, f"block {block} is not new: read it, or give its whole contents")
    check_lock(environment, entry)
    check_block_access(state.registry, entry, capability, Operation.WRITE, environment.id, state.seconds)
    entry.blank = False
    entry.page = state.pages.enter_cache(environment, page, contents)
    entry.frame = state.pages.frame(entry.page)
    state.registry.set_dirty(entry)


def view_page(
    state: State, environment: Environment, block: int, write: bool, capability: Capability
) -> memoryview:
    """Map the page of a block, metadata for reading only.

    Raises:
        Refusal: NOT_BOUND, UNKNOWN_TYPE, NOT_IN_CORE, METADATA, ACCESS_DENIED, LOCKED.
    """
    entry = state.find_entry(block)
    if entry.type is None:
        raise Refusal(Code.UNKNOWN_TYPE, f"block {block} is not bound to a parent")
    if entry.frame is None or entry.transfer is Transfer.READING:
        raise Refusal(Code.NOT_IN_CORE, f"block {block} is not in core")
    operation = Operation.WRITE if write else Operation.READ
    if write and not entry.is_data:
        raise Refusal(Code.METADATA, f"block {block} is metadata")
    if write:
        check_lock(environment, entry)
    check_block_access(state.registry, entry, capability, operation, environment.id, state.seconds)
    view = memoryview(entry.frame)
    return view if write else view.toreadonly()


def set_dirty(state: State, environment: Environment, blocks: Sequence[int], capability: Capability) -> None:
    """Say that pages of data were changed through a view.

    Raises:
        Refusal: NOT_BOUND, NOT_IN_CORE, METADATA, ACCESS_DENIED, LOCKED.
    """
    entries = [state.find_entry(block) for block in blocks]
    asked: set[Place | None] = set()
    for entry in entries:
        if not entry.is_data:
            raise Refusal(Code.METADATA, f"block {entry.block} is no data")
        if entry.frame is None or entry.transfer is Transfer.READING:
            raise Refusal(Code.NOT_IN_CORE, f"block {entry.block} is not in core")
        check_lock(environment, entry)
        if entry.parent not in asked:  # one owner, one answer
            check_block_access(
                state.registry, entry, capability, Operation.WRITE, environment.id, state.seconds
            )
            asked.add(entry.parent)
    for entry in entries:
        state.registry.set_dirty(entry)


def check_lock(environment: Environment, entry: Entry) -> None:
    """Refuse what another environment has locked."""
    if entry.locked is not None and entry.locked != environment.id:
        raise Refusal(Code.LOCKED, f"block {entry.block} is locked by environment {entry.locked}")


def check_held(environment: Environment, entry: Entry) -> None:
    """Refuse what this environment does not hold."""
    if environment.id not in entry.holders:
        raise Refusal(Code.NOT_HELD, f"environment {environment.id} does not hold block {entry.block}")


def release_block(state: State, environment: Environment, block: int, keep: bool = True) -> None:
    """Hold a block no longer; the kernel keeps what nobody holds, while there is room.

    Args:
        state: of XN.
        environment: that holds it.
        block: of the registry.
        keep: False: if nobody holds it now, it leaves the core at once: the environment has no use for it.

    Raises:
        Refusal: NOT_BOUND, NOT_HELD, DIRTY where the last holder would leave work behind, HAS_KIDS.
    """
    entry = state.find_entry(block)
    check_held(environment, entry)
    if len(entry.holders) == 1:
        if entry.kids:
            raise Refusal(Code.HAS_KIDS, f"{len(entry.kids)} blocks below block {block} are bound")
        if entry.tree.find().standing == "unattached":
            raise Refusal(Code.DIRTY, f"block {block} hangs from nothing: only its holder knows of it")
        if entry.dirty or not entry.initialised or entry.will_free or entry.transfer is not Transfer.NONE:
            raise Refusal(Code.DIRTY, f"block {block} is not on the disk as it is")
    let_go(state, environment, entry)
    if not keep and state.registry.unowned.get(block) is entry:
        remove_entry(state, entry)


def let_go(state: State, environment: Environment, entry: Entry) -> None:
    """One holder less."""
    state.registry.remove_holder(entry, environment.id)
    environment.account.give(Resource.REGISTRY_ENTRIES)
    if entry.locked == environment.id:
        unlock(state, entry)
    if not entry.holders and entry.type is None and entry.transfer is Transfer.NONE:
        remove_entry(state, entry)
    else:
        pass_page(state, entry)
        settle_unheld(state, entry)


def reclaim_pages(state: State, count: int) -> int:
    """Evict buffers that nobody holds, the longest unused first; return how many pages that freed."""
    freed, unowned = 0, state.registry.unowned
    while freed < count and unowned:
        entry = next(iter(unowned.values()))
        freed += entry.page is not None
        remove_entry(state, entry)
    return freed


def lock_block(state: State, environment: Environment, block: int, capability: Capability) -> None:
    """Keep others from changing and writing a block, for an update in several steps.

    Raises:
        Refusal: NOT_BOUND, NOT_HELD, LOCKED, ACCESS_DENIED, QUOTA; what `find_spot` raises.
    """
    entry = state.find_entry(block)
    check_held(environment, entry)
    check_lock(environment, entry)
    if entry.locked is not None:
        return
    check_block_access(state.registry, entry, capability, Operation.WRITE, environment.id, state.seconds)
    environment.account.take(Resource.LOCKS)
    entry.locked = environment.id


def unlock_block(state: State, environment: Environment, block: int) -> None:
    """Let others change a block again.

    Raises:
        Refusal: NOT_BOUND, NOT_LOCKED.
    """
    entry = state.find_entry(block)
    if entry.locked != environment.id:
        raise Refusal(Code.NOT_LOCKED, f"block {block} is not locked by environment {environment.id}")
    unlock(state, entry)


def unlock(state: State, entry: Entry) -> None:
    """Nobody has locked the block any more."""
    assert entry.locked is not None, "a block is unlocked once"
    give_back(state, entry.locked, Resource.LOCKS)
    entry.locked = None
    stir(state, entry)


def depend(state: State, environment: Environment, before: int, after: int, capability: Capability) -> None:
    """Let `after` not be written before `before` is stable, as it is now.

    Raises:
        Refusal: NOT_BOUND, NOT_HELD, ACCESS_DENIED, LOCKED, CYCLE, QUOTA; BAD_ARGUMENT where `after` hangs
            from nothing: it is ordered when it is attached; what `find_spot` raises.
    """
    first, then = state.find_entry(before), state.find_entry(after)
    check_held(environment, first)
    check_held(environment, then)
    check_lock(environment, first)  # others would wait for it, and get it written
    if then.tree.find().standing == "unattached":
        raise Refusal(Code.BAD_ARGUMENT, f"block {after} hangs from nothing: there is no order below it")
    check_block_access(state.registry, then, capability, Operation.WRITE, environment.id, state.seconds)
    if first not in then.before:  # a new edge is charged, should there be one
        check_quota(environment, Resource.DEPENDENCIES, 1)
    if add_dependency(first, then, environment.id):
        environment.account.take(Resource.DEPENDENCIES)
