"""What must be true of XN between any two calls, computed from scratch.

In: the state. Out: nothing, or an AssertionError that names the fact. `check_invariants` looks at the core:
registry, taint, owners and kids, trees, the free map, accounts, circles of waiting. `check_disk` looks at
what a crash at this moment would leave: it boots a copy of the disk, walks it, and compares with the core.
"""

from __future__ import annotations

from collections import Counter

from tests.xn.drive import switch_on
from vm.boot import boot
from vm.machine.store import OverlayStore, Store
from vm.xn.keep import read_now
from vm.xn.limits import MAX_OWNED
from vm.xn.owned import DATA, Owned
from vm.xn.place import list_owned
from vm.xn.recover import Walk
from vm.xn.registry import Entry, Transfer
from vm.xn.state import State
from vm.xn.types import TypeLibrary
from vm.xn.unheld import is_disposable
from vm.xok.account import Resource
from vm.xok.pages import PageState


def check_invariants(state: State) -> None:
    """Assert all that can be seen in core."""
    for entry in state.registry:
        _check_entry(state, entry)
        _check_family(state, entry)
    _check_lists(state)
    _check_owners(state)
    _check_map(state)
    _check_accounts(state)
    _check_circles(state)


def _check_entry(state: State, entry: Entry) -> None:
    """What is said of one entry agrees with itself."""
    block = entry.block
    assert entry.is_live, f"block {block}: a dead entry is in the registry"
    assert state.registry.entries[block] is entry, f"block {block}: filed under another number"
    assert state.is_block(block), f"block {block}: not a block that anybody may have"
    assert (entry.page is None) == (entry.frame is None), f"block {block}: page and frame"
    if entry.page is not None:
        record = state.pages.record(entry.page)
        assert record.state is PageState.BUFFER, f"block {block}: its page is {record.state}"
        assert state.pages.frame(entry.page) is entry.frame, f"block {block}: not the page's bytes"
    if entry.dirty:
        assert entry.frame is not None, f"block {block}: dirty, and not in core"
        assert entry.stable < entry.version, f"block {block}: dirty, and stable"
    assert entry.stable <= entry.version, f"block {block}: stable before it was made"
    assert entry.valid_from <= entry.version, f"block {block}: valid from the future on"
    if entry.initialised and entry.type is not None:
        assert entry.written, f"block {block}: initialised without a write"
    if entry.type is None:
        in_use = entry.owner is not None or entry.kids or entry.dirty
        assert not in_use, f"block {block}: raw, and in use"
    elif entry.block not in state.doomed:
        assert not state.free_map.is_free(block), f"block {block}: bound, and free"
    if entry.frame is None:
        assert not entry.kids, f"block {block}: kids, and not in core"
    for number in entry.holders:
        assert state.environments.get(number) is not None, f"block {block}: held by the dead"
    if entry.locked is not None:
        assert entry.locked in entry.holders, f"block {block}: locked by {entry.locked} who does not hold it"


def _check_family(state: State, entry: Entry) -> None:
    """Owners and kids know each other; taint is the number of kids that hinder."""
    block = entry.block
    for number, kid in entry.kids.items():
        known = (kid.block, kid.owner, kid.is_live, (kid.parent or (0, ()))[0])
        assert known == (number, entry, True, block), f"block {number}: a lost kid"
        assert kid.tree.find() is entry.tree.find(), f"block {number}: in another tree than its owner"
    if entry.owner is not None:
        assert entry.owner.kids.get(block) is entry, f"block {block}: unknown to its owner"
        if entry.tree.find().standing == "persistent":
            fresh = entry in entry.owner.fresh
            assert fresh != entry.persistent, f"block {block}: fresh {fresh}, persistent {entry.persistent}"
    taint = sum(kid.hinders for kid in entry.kids.values())
    assert taint == entry.taint, f"block {block}: taint {entry.taint}, {taint} kids hinder"
    for kid in entry.fresh:
        assert entry.kids.get(kid.block) is kid, f"block {kid.block}: fresh, and no kid"
    for before, edge in entry.before.items():
        assert before.is_live, f"block {block}: waits for the dead"
        assert entry in before.after, f"block {block}: waits, and is not known to"
        assert before.stable < edge.version or not before.initialised, f"block {block}: waits for nothing"
    for after in entry.after:
        assert after.is_live, f"block {block}: the dead wait for it"
        assert entry in after.before, f"block {block}: waited for by one that does not"


def _check_lists(state: State) -> None:
    registry = state.registry
    held = {(number, block) for number, entries in registry.held.items() for block in entries}
    holders = {(number, entry.block) for entry in registry for number in entry.holders}
    assert held == holders, "who holds what"
    dirty = {block for block, entry in registry.entries.items() if entry.dirty}
    assert set(registry.dirty) == dirty, "the list of the dirty"
    for block, entry in registry.unowned.items():
        assert registry.entries.get(block) is entry, f"block {block}: unowned, and dead"
        assert not entry.holders, f"block {block}: unowned, and held"
        assert is_disposable(entry), f"block {block}: unowned, and something hangs on it"
    for block, entry in (*state.orphans.items(), *state.doomed.items()):
        assert registry.entries.get(block) is entry, f"block {block}: a dead orphan"
        assert not entry.holders, f"block {block}: an orphan, and held"


def list_core(entry: Entry) -> list[Owned]:
    """Return what an entry in core owns."""
    if entry.loaded is None or entry.frame is None or entry.transfer is Transfer.READING:
        return []
    size = entry.loaded.template.maximum
    return list_owned(entry.loaded, bytes(entry.frame[:size]), entry.arguments, MAX_OWNED)


def _check_owners(state: State) -> None:
    """What metadata in core say, and what the registry believes, is the same."""
    owner_of: dict[int, tuple[Entry, Owned]] = {}
    for entry in state.registry:
        if entry.block in state.doomed:
            continue  # on its way to the disk, and then gone: nobody is led there
        for owned in list_core(entry):
            for block in owned.blocks:
                assert block not in owner_of, f"block {block}: owned twice in core"
                assert not state.free_map.is_free(block), f"block {block}: owned, and free"
                owner_of[block] = entry, owned
    for entry in state.registry:
        if entry.type is None or entry.block in state.doomed:
            continue
        found = owner_of.get(entry.block)
        if entry.owner is None:
            assert found is None, f"block {entry.block}: owned, and has no owner"
            continue
        assert found is not None, f"block {entry.block}: its owner does not own it"
        assert found[0] is entry.owner, f"block {entry.block}: block {found[0].block} owns it, too"
        assert (found[1].type, found[1].arguments) == (entry.type, entry.arguments), (
            f"block {entry.block}: type"
        )


def _check_map(state: State) -> None:
    free_map = state.free_map
    view = bytes(free_map.view)
    assert free_map.free == view.count(1), "the count of free blocks"
    for first, count in ((0, state.super.first_block), *state.type_runs):
        assert not any(view[first : first + count]), f"block {first}: the kernel's own, and free"
    for block in state.quarantined:
        assert not free_map.is_free(block), f"block {block}: quarantined, and free"
    waiting = [block for entry in state.registry for run in entry.will_free for block in run]
    waiting += [block for flight in state.unflushed for run in flight.will_free for block in run]
    for block in waiting:
        assert not free_map.is_free(block), f"block {block}: freed on paper, and free"
    assert len(set(waiting)) == len(waiting), "a block is freed on paper twice"
    if not state.disk.busy:
        assert state.will_free == len(waiting), f"will_free {state.will_free}, and {len(waiting)} wait"
    assert state.will_free >= len(waiting), "will_free is too small"


def count_charges(state: State) -> dict[int, Counter[Resource]]:
    """Return what each environment should be charged for."""
    charges: dict[int, Counter[Resource]] = {}

    def charge(number: int | None, resource: Resource) -> None:
        if number is not None and state.environments.get(number) is not None:
            charges.setdefault(number, Counter())[resource] += 1

    for entry in state.registry:
        for number in entry.holders:
            charge(number, Resource.REGISTRY_ENTRIES)
        charge(entry.locked, Resource.LOCKS)
        for edge in entry.before.values():
            charge(edge.payer, Resource.DEPENDENCIES)
        tree = entry.tree.find()
        if entry.owner is None and tree.standing == "unattached" and entry.block not in state.doomed:
            charge(tree.environment, Resource.UNATTACHED)
    for root in state.roots.values():
        charge(root.owner, Resource.ROOTS)
    return charges


def _check_accounts(state: State) -> None:
    charges = count_charges(state)
    watched = (
        Resource.REGISTRY_ENTRIES,
        Resource.LOCKS,
        Resource.DEPENDENCIES,
        Resource.UNATTACHED,
        Resource.ROOTS,
    )
    for environment in state.environments.all()[1:]:
        own, account = charges.get(environment.id, Counter()), environment.account
        for resource in watched:
            used = account.used[resource] - account.below[resource]
            assert used == own[resource], (
                f"environment {environment.id}: {resource.name} {used}, {own[resource]}"
            )
        pages = len(environment.pages) + len(environment.buffers)
        used = account.used[Resource.PAGES] - account.below[Resource.PAGES]
        assert used == pages, f"environment {environment.id}: charged for {used} pages, has {pages}"


def _check_circles(state: State) -> None:
    """Every block that wants to be written could be, if others were written before."""
    done: set[int] = set()

    def visit(entry: Entry, path: tuple[int, ...]) -> None:
        stack: list[tuple[Entry, tuple[int, ...]]] = [(entry, path)]
        while stack:
            entry, path = stack.pop()
            if entry.block in done:
                continue
            for each in _list_needs(entry):
                assert each.block not in path, f"blocks {(*path, each.block)} wait for each other for ever"
                stack.append((each, (*path, each.block)))

    for entry in state.registry:
        if entry.before or entry.taint:
            visit(entry, (entry.block,))
            done.add(entry.block)


def _list_needs(entry: Entry) -> list[Entry]:
    """Return what must be written before `entry` can be."""
    needs = list(entry.before)
    if entry.tree.find().standing == "persistent":
        stack = [entry]
        while stack:
            for kid in stack.pop().kids.values():
                if not kid.initialised:
                    needs.append(kid)
                elif kid.taint:
                    stack.append(kid)
    return needs


# ---- the disk


def walk_disk(store: Store, library: TypeLibrary) -> tuple[State, Walk]:
    """Boot a copy of a disk, and walk it; the disk itself is not touched."""
    session = boot(switch_on(OverlayStore(store, {}), pages=64), library, "auto")
    walk = Walk(session.storage)
    walk.run()
    return session.storage, walk


def check_disk(state: State, store: Store, library: TypeLibrary) -> None:
    """Assert that a crash now would hurt nobody: nothing on the disk leads where it must not."""
    found, walk = walk_disk(store, library)
    assert not walk.report.findings, walk.report.findings
    reached = {block for block, owned in walk_owned(found).items()}
    for block in sorted(reached):
        if block in state.quarantined:
            continue
        assert not state.free_map.is_free(block), f"block {block}: the disk leads there, and it is free"
        entry = state.registry.get(block)
        if entry is not None and entry.type is not None and entry.tree.find().standing == "persistent":
            assert entry.initialised, f"block {block}: the disk leads there, and it was never written"
    if found.super.ordered:
        boot_map = boot(switch_on(OverlayStore(store, {}), pages=64), library).storage.free_map
        for block in sorted(reached):
            assert not boot_map.is_free(block), f"block {block}: the disk leads there, and its map says free"


def walk_owned(state: State) -> dict[int, Owned]:
    """Return each block that the roots on a disk lead to, as part of what."""
    found: dict[int, Owned] = {}
    stack = [Owned(root.block, 1, root.type, root.arguments) for root in state.roots.values()]
    while stack:
        owned = stack.pop()
        for block in owned.blocks:
            assert block not in found, f"block {block}: owned twice on the disk"
            found[block] = owned
        if owned.type == DATA:
            continue
        loaded = state.types[owned.type]
        data = read_now(state, owned.start, 1)[: loaded.template.maximum]
        stack += list_owned(loaded, data, owned.arguments, MAX_OWNED)
    return found
