"""The catalogues: roots, from which file systems hang, and sets of types; both are on the disk.

In: names, objects, download forms. Out: registry entries and numbers of types. A root enters the catalogue on
the disk when its block is stable, never before, so that no reboot finds a root that was not written.

Source: ORIGINALS.md 3.3 (install_mount, mount, type_import), 3.6 (root registration).
"""

from __future__ import annotations

from vm.xn.allocate import check_free, check_new_object, remove_entry
from vm.xn.charge import check_hold, check_quota, give_back, hold
from vm.xn.keep import begin_writing, clear_root, write_type
from vm.xn.layout import ROOT_BYTES, TypeEntry
from vm.xn.limits import BLOCK, MAX_NAME_BYTES, MAX_OWNED, MAX_TYPE_SETS, ROOT_BLOCKS
from vm.xn.owned import Owned, Type
from vm.xn.place import list_owned
from vm.xn.registry import Entry, Transfer
from vm.xn.root import Root
from vm.xn.state import State
from vm.xn.tree import Tree
from vm.xok.account import Resource
from vm.xok.capability import WRITE, Capability
from vm.xok.environment import Environment
from vm.xok.refusal import Code, Refusal


def check_name(name: object) -> str:
    """Return a name that the catalogues can hold.

    Raises:
        Refusal: BAD_ARGUMENT.
    """
    if type(name) is not str or not name or "\0" in name or not name.isprintable():
        raise Refusal(Code.BAD_ARGUMENT, "a name is text that can be printed")
    if len(name.encode()) > MAX_NAME_BYTES:
        raise Refusal(Code.BAD_ARGUMENT, f"a name has at most {MAX_NAME_BYTES} bytes")
    return name


def install_types(state: State, environment: Environment, name: str, form: bytes) -> dict[str, Type]:
    """Prove a set of types and put it into the catalogue, for good.

    Raises:
        Refusal: BAD_ARGUMENT, TYPE_EXISTS, TYPE_REFUSED, CATALOGUE_FULL, NONE_FREE, CLOSED_SUBTREE, QUOTA.
    """
    check_name(name)
    if name in state.sets:
        raise Refusal(Code.TYPE_EXISTS, f"there are types of the name `{name}`")
    taken = {number for number, _, _ in state.sets.values()} | state.damaged_types
    free = [number for number in range(1, MAX_TYPE_SETS) if number not in taken]
    if not free:
        raise Refusal(Code.CATALOGUE_FULL, f"the disk has {len(taken)} sets of types")
    if state.closed:
        raise Refusal(
            Code.CLOSED_SUBTREE, "a damaged tree may own any block: nothing is allocated on this disk"
        )
    count = -(-len(form) // BLOCK)
    block = state.free_map.find_last(count)  # out of the way of file systems
    if block is None:
        raise Refusal(Code.NONE_FREE, f"there are no {count} free blocks side by side")
    for each in range(block, block + count):
        stale = state.registry.get(each)
        if stale is not None and stale.type is not None:
            raise Refusal(Code.CLOSED_SUBTREE, f"block {each} is bound, and free: the disk has lied")
    environment.account.take(Resource.TYPES)
    try:
        proved = state.library.prove(form)
    except Refusal:
        environment.account.give(Resource.TYPES)
        raise
    number = free[0]
    for each in range(block, block + count):
        state.free_map.take(each)
    write_type(state, number, TypeEntry(name, block, len(form), number, proved.digest[:16]), form)
    loaded = state.library.number(name, number, proved)
    state.type_runs.append((block, count))
    state.sets[name] = (number, proved, loaded)
    state.types.update({each.type: each for each in loaded.values()})
    return {each: loaded[each].type for each in loaded}


def create_root(
    state: State,
    environment: Environment,
    name: str,
    block: int | None,
    type_number: Type,
    arguments: tuple[int, ...],
    capability: Capability,
    temporary: bool,
) -> int:
    """Allocate a root, and return its block; the catalogue on the disk has it when the block was written.

    Raises:
        Refusal: BAD_ARGUMENT, ROOT_EXISTS, CATALOGUE_FULL, NONE_FREE, BAD_BLOCK, NO_SUCH_TYPE, BAD_ARGUMENTS,
            NOT_FREE, CLOSED_SUBTREE, TRANSFERRING, ACCESS_DENIED, QUOTA.
    """
    check_name(name)
    if name in state.roots:
        raise Refusal(Code.ROOT_EXISTS, f"there is a root of the name `{name}`")
    if not capability.permissions & WRITE:
        raise Refusal(Code.ACCESS_DENIED, "the capability has no permission to write")
    chosen = state.free_map.find(state.super.first_block, 1) if block is None else block
    if chosen is None:
        raise Refusal(Code.NONE_FREE, "the disk is full")
    owned = Owned(chosen, 1, type_number, arguments)
    check_new_object(state, owned)
    check_free(state, owned)
    slot = None if temporary else _find_slot(state)
    check_quota(environment, Resource.REGISTRY_ENTRIES, 1)
    environment.account.take(Resource.ROOTS)
    root = Root(name, chosen, type_number, arguments, capability.name, temporary, slot, False, environment.id)
    state.roots[name] = root
    state.free_map.take(chosen)
    stale = state.registry.get(chosen)
    if stale is not None:
        remove_entry(state, stale)
    hold(state, _add_root_entry(state, root), environment)
    return chosen


def _find_slot(state: State) -> int:
    taken = {root.slot for root in state.roots.values()} | state.damaged_roots.keys()
    for slot in range(ROOT_BLOCKS * BLOCK // ROOT_BYTES):
        if slot not in taken:
            return slot
    raise Refusal(Code.CATALOGUE_FULL, f"the disk has {len(taken)} roots")


def _add_root_entry(state: State, root: Root) -> Entry:
    tree = Tree("temporary" if root.temporary else "persistent", root.guard)
    entry = Entry(root.block, tree, root.type, state.types.get(root.type), root.arguments, root=root)
    entry.initialised = entry.written = entry.persistent = root.on_disk
    state.registry.add(entry)
    return entry


def open_root(state: State, environment: Environment, name: str) -> Owned:
    """Put a root into the registry; what may be done below it, `acl` functions and its guard say.

    Raises:
        Refusal: NO_SUCH_ROOT, CLOSED_SUBTREE, QUOTA.
    """
    root = find_root(state, name)
    if root.block in state.quarantined:
        raise Refusal(Code.CLOSED_SUBTREE, f"recovery could not trust the root `{name}`")
    if not state.free_map.is_used(root.block):
        raise Refusal(Code.CLOSED_SUBTREE, f"the root `{name}` lies in a free block: the disk has lied")
    entry = state.registry.get(root.block)
    raw = entry is not None and entry.type is None
    check_hold(state, None if raw else entry, environment)
    if entry is not None and raw:
        remove_entry(state, entry)
        entry = None
    hold(state, entry or _add_root_entry(state, root), environment)
    return Owned(root.block, 1, root.type, root.arguments)


def find_root(state: State, name: str) -> Root:
    """Return a root.

    Raises:
        Refusal: NO_SUCH_ROOT.
    """
    root = state.roots.get(name)
    if root is None:
        raise Refusal(Code.NO_SUCH_ROOT, f"there is no root `{name}`")
    return root


def delete_root(state: State, environment: Environment, name: str, capability: Capability) -> None:
    """Delete a root that owns nothing: first from the catalogue on the disk, then its block is free.

    Raises:
        Refusal: NO_SUCH_ROOT, ACCESS_DENIED, NOT_IN_CORE, LOCKED, HAS_KIDS, TRANSFERRING, HAS_POINTERS,
            DIRTY.
    """
    root = find_root(state, name)
    if not capability.permissions & WRITE or not root.guard.startswith(capability.name):
        raise Refusal(Code.ACCESS_DENIED, f"the capability does not dominate the guard of `{name}`")
    entry = state.find_entry(root.block)
    if entry.locked is not None and entry.locked != environment.id:
        raise Refusal(Code.LOCKED, f"block {entry.block} is locked by environment {entry.locked}")
    if entry.kids:
        raise Refusal(Code.HAS_KIDS, f"{len(entry.kids)} blocks below the root are bound")
    if entry.transfer is not Transfer.NONE:
        raise Refusal(Code.TRANSFERRING, f"block {entry.block} is on its way")
    if entry.will_free:
        raise Refusal(Code.DIRTY, "blocks that the root owned wait for it to be written")
    if entry.frame is None and entry.initialised and not entry.blank:
        raise Refusal(Code.NOT_IN_CORE, f"block {entry.block} must be in core to be freed")
    loaded = entry.loaded
    if loaded is not None and entry.frame is not None:
        data = bytes(entry.frame[: loaded.template.maximum])
        if list_owned(loaded, data, entry.arguments, MAX_OWNED):
            raise Refusal(Code.HAS_POINTERS, f"the root `{name}` still owns blocks")
    del state.roots[name]
    if root.owner is not None:
        give_back(state, root.owner, Resource.ROOTS)
    if root.on_disk and root.slot is not None:
        begin_writing(state)
        clear_root(state, root.slot)
    remove_entry(state, entry)
    state.free_map.release(root.block)
