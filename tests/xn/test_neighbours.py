"""What one environment can do to another without touching its bytes: nothing that lasts."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.xn.bench import ALICE, ALICE_ID, BOB, BOB_ID, Bench, User, claim, evict
from vm.xn.limits import MAX_UNFLUSHED
from vm.xn.owned import DATA, Owned
from vm.xok.account import Resource
from vm.xok.refusal import Code

MakeBench = Callable[..., Bench]


@pytest.fixture
def root(bench: Bench) -> User:
    """Block 100 is everybody's, 110 Alice's, 120 Bob's."""
    root = bench.login()
    node = root.install("zoo")["zoo_node"]
    root.create("r", 100, node)
    claim(root, 100, 0, 3)
    for name, block, owner in (("a", 110, ALICE_ID), ("b", 120, BOB_ID)):
        root.create(name, block, node)
        claim(root, block, owner)
        root.write(block)
    root.write(100)
    return root


# ---- locks


def test_a_lock_does_not_keep_new_blocks_from_being_written(bench: Bench, root: User) -> None:
    alice, bob = bench.login(ALICE), bench.login(BOB)
    bob.xn_call((100, ()), "set_kid", (0, 300))
    bob.attach(300)
    bob.xn_lock(300)
    alice.xn_call((100, ()), "set_data", (0, 301))
    alice.fill(301, b"alice's")
    alice.write(301)
    alice.refuse(Code.TAINTED, alice.xn_write, [100])
    alice.write(300)
    alice.write(100)


def test_nor_what_new_blocks_wait_for(bench: Bench, root: User) -> None:
    alice, bob = bench.login(ALICE), bench.login(BOB)
    bob.xn_open_root("b")
    bob.xn_lock(120)
    bob.xn_write_bytes((120, ()), 16, b"dirty")
    alice.refuse(Code.LOCKED, alice.xn_write, [120])
    bob.xn_call((100, ()), "set_kid", (0, 300))
    bob.attach(300)
    bob.xn_depend(120, 300)
    alice.refuse(Code.DEPENDENCY, alice.xn_write, [300])
    alice.write(120)
    alice.write(300)
    alice.write(100)


def test_nobody_weakens_a_lock_by_waiting(bench: Bench, root: User) -> None:
    alice, bob = bench.login(ALICE), bench.login(BOB)
    for user in (alice, bob):
        user.xn_open_root("r")
        user.xn_open_root("b")
    alice.xn_lock(100)
    alice.xn_write_bytes((100, ()), 16, b"half done")
    bob.refuse(Code.LOCKED, bob.xn_depend, 100, 120)
    bob.refuse(Code.LOCKED, bob.xn_write, [100])
    bob.refuse(Code.LOCKED, bob.xn_lock, 100)
    bob.refuse(Code.LOCKED, bob.xn_call, (100, ()), "set_data", (0, 300))
    bob.refuse(Code.NOT_LOCKED, bob.xn_unlock, 100)
    alice.xn_unlock(100)
    bob.write(100)


def test_locks_end_with_their_holders(bench: Bench, root: User) -> None:
    bob = bench.login(BOB)
    bob.xn_open_root("b")
    bob.xn_lock(120)
    bob.xn_release(120)
    assert root.xn_entry(120).locked_by is None
    bob.xn_open_root("b")
    bob.xn_lock(120)
    bench.destroy(bob)
    assert root.xn_entry(120).locked_by is None


# ---- raw reads


def test_a_raw_read_does_not_keep_a_block_from_being_freed(bench: Bench, root: User) -> None:
    alice, bob = bench.login(ALICE), bench.login(BOB)
    alice.xn_call((110, ()), "set_data", (0, 300))
    alice.fill(300, b"alice's")
    alice.write(300)
    alice.write(110)
    alice.xn_release(300, keep=False)
    bob.xn_raw_insert(300)
    bob.xn_read([300], [bob.page()])
    alice.xn_call((110, ()), "clear_data", (0,))
    assert bob.xn_entry(300) is None
    alice.write(110)
    pages = bob.environment.account.used[Resource.PAGES]
    bob.xn_allocate_unattached(300, DATA)
    assert bob.environment.account.used[Resource.PAGES] == pages == 0
    bob.attach(300)
    assert bytes(bob.xn_view(300)) == bytes(4096)


def test_a_raw_read_does_not_keep_a_root_from_being_opened(bench: Bench, root: User) -> None:
    bob = bench.login(BOB)
    root.xn_release(110, keep=False)
    bob.xn_raw_insert(110)
    bob.xn_read([110], [bob.page()])
    bob.refuse(Code.UNKNOWN_TYPE, bob.xn_view, 110)
    assert root.open("a") == 110
    bench.idle()


def test_what_was_read_raw_is_used_by_its_owner_only(bench: Bench, root: User) -> None:
    alice, bob = bench.login(ALICE), bench.login(BOB)
    alice.xn_call((110, ()), "set_data", (0, 300))
    alice.fill(300, b"secret")
    alice.write(300)
    alice.write(110)
    alice.xn_release(300, keep=False)
    bob.xn_raw_insert(300)
    bob.read(300)
    for call in (bob.xn_view, bob.xn_lock):
        with pytest.raises(Exception, match=r"UNKNOWN_TYPE|NO_SUCH_PLACE"):
            call(300)
    bob.refuse(Code.UNKNOWN_TYPE, bob.xn_attach, 300, bob.page())
    bob.refuse(Code.UNKNOWN_TYPE, bob.xn_modify, (300, ()), None, [])
    bob.refuse(Code.METADATA, bob.xn_set_dirty, [300])
    bob.refuse(Code.ACCESS_DENIED, bob.xn_bind, 300, (110, ()), 0)
    bob.refuse(Code.NOT_OWNED, bob.xn_bind, 300, (120, ()), 0)
    alice.xn_bind(300, (110, ()), 0)
    assert bytes(alice.xn_view(300)[:6]) == b"secret"


def test_a_refused_open_leaves_what_others_read_raw(bench: Bench, root: User) -> None:
    bob, carol = bench.login(BOB), bench.login()
    root.xn_release(110, keep=False)
    bob.xn_raw_insert(110)
    bob.read(110)
    carol.environment.account.limits[Resource.REGISTRY_ENTRIES] = 0
    carol.refuse(Code.QUOTA, carol.xn_open_root, "a")
    assert bob.xn_entry(110).in_core


# ---- tables


def limit(user: User, resource: Resource, more: int) -> None:
    """Let an environment have so much more of a resource."""
    account = user.environment.account
    account.limits[resource] = account.used[resource] + more


@pytest.mark.parametrize(
    "name", ["REGISTRY_ENTRIES", "LOCKS", "DEPENDENCIES", "TYPES", "ROOTS", "UNATTACHED"]
)
def test_every_table_has_an_end_for_each(bench: Bench, root: User, name: str) -> None:
    alice, bob = bench.login(ALICE), bench.login(BOB)
    fill = {
        "REGISTRY_ENTRIES": fill_registry,
        "LOCKS": fill_locks,
        "DEPENDENCIES": fill_dependencies,
        "TYPES": fill_types,
        "ROOTS": fill_roots,
        "UNATTACHED": fill_unattached,
    }[name]
    fill(bench, bob, Resource[name])
    use_a_little(alice)
    bench.destroy(bob)
    bench.idle()
    use_a_little(alice)


def use_a_little(alice: User) -> None:
    """Everything still works for somebody else."""
    slot, block = next((i, 700 + i) for i in range(100) if alice.bench.state.free_map.is_free(700 + i))
    alice.xn_open_root("a")
    alice.xn_call((110, ()), "set_data", (slot, block))
    alice.fill(block, b"still here")
    alice.xn_lock(110)
    alice.xn_unlock(110)
    alice.xn_depend(block, 110)
    alice.write(block)
    alice.write(110)
    alice.xn_allocate_unattached(block + 100, DATA)
    alice.xn_free_unattached(block + 100)


def fill_registry(bench: Bench, bob: User, resource: Resource) -> None:
    limit(bob, resource, 3)
    for slot in range(3):
        bob.xn_call((120, ()), "set_data", (slot, 300 + slot))
    bob.refuse(Code.QUOTA, bob.xn_call, (120, ()), "set_data", (3, 303))
    bob.refuse(Code.QUOTA, bob.xn_call, (120, ()), "set_kid", (3, 303))
    bob.refuse(Code.QUOTA, bob.xn_open_root, "b")
    bob.refuse(Code.QUOTA, bob.xn_raw_insert, bench.state.type_runs[0][0])
    bob.refuse(Code.QUOTA, bob.xn_create_root, "bb", None, DATA)
    bob.refuse(Code.QUOTA, bob.xn_allocate_unattached, 303, DATA)
    run = Owned(304, 2, DATA)
    bob.refuse(Code.QUOTA, bob.xn_allocate, (120, ()), 240, [(1024, bytes([48, 1, 0, 0, 2, 0, 0, 0]))], run)


def fill_locks(bench: Bench, bob: User, resource: Resource) -> None:
    limit(bob, resource, 1)
    bob.xn_open_root("b")
    bob.xn_open_root("r")
    bob.xn_lock(120)
    bob.xn_lock(120)
    bob.refuse(Code.QUOTA, bob.xn_lock, 100)


def fill_dependencies(bench: Bench, bob: User, resource: Resource) -> None:
    limit(bob, resource, 1)
    bob.xn_open_root("b")
    for slot in range(2):
        bob.xn_call((120, ()), "set_data", (slot, 300 + slot))
        bob.fill(300 + slot, b"x")
    bob.xn_depend(300, 120)
    bob.xn_depend(300, 120)
    bob.refuse(Code.QUOTA, bob.xn_depend, 301, 120)


def fill_types(bench: Bench, bob: User, resource: Resource) -> None:
    limit(bob, resource, 1)
    form = bench.forms.load("list")
    bob.xn_install("bob", form)
    bob.refuse(Code.QUOTA, bob.xn_install, "bobby", form)


def fill_roots(bench: Bench, bob: User, resource: Resource) -> None:
    limit(bob, resource, 1)
    bob.xn_create_root("bb", None, DATA)
    bob.refuse(Code.QUOTA, bob.xn_create_root, "bbb", None, DATA)


def fill_unattached(bench: Bench, bob: User, resource: Resource) -> None:
    limit(bob, resource, 1)
    bob.xn_allocate_unattached(300, DATA)
    bob.refuse(Code.QUOTA, bob.xn_allocate_unattached, 301, DATA)


def test_the_catalogues_have_an_end(bench: Bench, root: User) -> None:
    for user in [bench.login() for _ in range(4)]:
        for _ in range(16):
            if len(root.xn_roots()) < 64:
                user.xn_create_root(f"root {len(root.xn_roots())}", None, DATA)
    bob = bench.login(BOB)
    bob.refuse(Code.CATALOGUE_FULL, bob.xn_create_root, "one more", None, DATA)
    bob.create("one more", bob.xn_find_free(0), DATA, temporary=True)
    use_a_little(bench.login(ALICE))


def test_pages_are_charged_to_who_uses_them(bench: Bench, root: User) -> None:
    bob = bench.login(BOB)
    limit(bob, Resource.PAGES, 4)
    for slot in range(4):
        bob.xn_call((120, ()), "set_data", (slot, 300 + slot))
        bob.fill(300 + slot, b"x")
    bob.refuse(Code.QUOTA, bob.page)
    bob.write(300, 301)
    bob.xn_release(300)
    bob.page()
    bob.refuse(Code.QUOTA, bob.page)
    use_a_little(bench.login(ALICE))


# ---- what the kernel remembers does not grow without end


def test_entries_without_a_page_are_forgotten(bench: Bench, root: User) -> None:
    for slot in range(20):
        root.xn_call((100, ()), "set_data", (slot, 300 + slot))
    blocks = range(300, 320)
    root.write(*blocks)
    root.write(100)
    for block in blocks:
        root.xn_release(block)
    assert all(root.xn_entry(block) is None for block in blocks)


def test_unheld_buffers_are_no_more_than_pages(bench: Bench, root: User) -> None:
    for slot in range(20):
        root.xn_call((100, ()), "set_data", (slot, 300 + slot))
        root.fill(300 + slot, b"x")
    blocks = range(300, 320)
    root.write(*blocks)
    for block in blocks:
        root.xn_release(block)
    assert not bench.state.registry.unowned.keys() & blocks  # the disk does not point to them yet
    root.write(100)
    assert bench.state.registry.unowned.keys() >= set(blocks)
    evict(bench)
    assert all(root.xn_entry(block) is None for block in blocks)


def test_what_waits_for_a_flush_is_bounded(make_bench: MakeBench) -> None:
    bench = make_bench(write_cache=True)
    root = bench.login()
    root.create("r", 100, root.install("zoo")["zoo_node"])
    bench.checks = False
    for _ in range(MAX_UNFLUSHED + 10):
        root.xn_write_bytes((100, ()), 16, b"x")
        root.xn_write([100])
        bench.idle()
    bench.checks = True
    bench.check()
    assert len(bench.state.unflushed) <= MAX_UNFLUSHED


def test_a_chain_of_orphans_is_written_from_its_end(bench: Bench, root: User) -> None:
    bob = bench.login(BOB)
    bob.xn_open_root("b")
    for slot in range(8):
        bob.xn_call((120, ()), "set_kid", (slot, 300 + slot))
        bob.attach(300 + slot)
    bob.write(*range(300, 308))
    bob.write(120)
    for slot in range(8):
        bob.xn_write_bytes((300 + slot, ()), 16, b"x")
    for slot in range(7):
        bob.xn_depend(300 + slot + 1, 300 + slot)
    bob.xn_lock(307)
    carol = bench.login()
    carol.refuse(Code.LOCKED, carol.xn_write, [307])
    bench.destroy(bob)
    bench.idle()
    assert not any(block in bench.state.registry.dirty for block in range(300, 308))


# ---- pages that the kernel takes


def test_a_page_is_saved_to_a_block_of_its_owner_only(bench: Bench, root: User) -> None:
    alice, bob = bench.login(ALICE), bench.login(BOB)
    for user, owner, block in ((alice, 110, 300), (bob, 120, 310), (bob, 120, 311)):
        user.xn_call((owner, ()), "set_data", (block - 300, block))
        user.write(block)  # zeros
    root.xn_bind(311, (120, ()), 11)
    root.xn_lock(311)
    save = bench.session.kernel.revocation.save
    data = b"bob's page".ljust(4096, b".")
    assert not save(bob.environment, 300, data)
    assert not save(bob.environment, 311, data)
    assert not save(bob.environment, 120, data)
    assert not save(bob.environment, 999, data)
    assert save(bob.environment, 310, data)
    assert not save(bob.environment, 310, data)  # on its way
    bench.idle()
    bob.refuse(Code.BAD_ARGUMENT, bob.xn_attach, 310, bob.page())
    bob.read(310)
    assert bytes(bob.xn_view(310)) == data


def test_clean_buffers_are_taken_and_nothing_else(bench: Bench, root: User) -> None:
    bob = bench.login(BOB)
    for slot in range(4):
        bob.xn_call((120, ()), "set_data", (slot, 310 + slot))
        bob.fill(310 + slot, b"x")
    bob.write(*range(310, 314))
    take = bench.session.kernel.revocation.take_buffers
    assert take(bob.environment, 10) == 0  # the disk does not point to them yet
    bob.write(120)
    bob.xn_set_dirty([313])
    assert take(bob.environment, 10) == 3
    bench.check()
    bob.refuse(Code.NOT_BOUND, bob.xn_view, 310)
    assert bytes(bob.xn_view(313)[:1]) == b"x"
    bench.check_disk()
