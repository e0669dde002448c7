"""Trees that are joined, taken apart, moved: swaps, unattached and temporary trees, circles of waiting."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.xn.bench import ALICE, BOB, Bench, User, evict, words
from vm.xn.owned import Owned
from vm.xok.refusal import Code

MakeBench = Callable[..., Bench]
KID_AT = 512  # of a `zoo_node`: its pointers to nodes
KID = 112  # the partition of the first of them


@pytest.fixture
def root(bench: Bench) -> User:
    root = bench.login()
    root.create("r", 100, root.install("zoo")["zoo_node"])
    return root


def kid(slot: int, block: int) -> list[tuple[int, bytes]]:
    return [(KID_AT + 4 * slot, words(block))]


def grow(root: User, owner: int, slot: int, block: int, attach: bool = True) -> None:
    root.xn_call((owner, ()), "set_kid", (slot, block))
    if attach:
        root.attach(block)


# ---- swaps


def test_a_swap_cannot_make_a_third_part_another_type(bench: Bench, root: User) -> None:
    types = root.install("union")
    root.create("x", 300, types["xor_block"], write=False)
    root.xn_write_bytes((300, (2,)), 0, words(100))
    sides = ((300, (0,)), 0, [(0, words(1))], (300, (1,)), 0, [(0, words(1))])
    root.refuse(Code.OWNS_CHANGED, root.xn_swap, *sides)


def test_a_swap_does_not_join_a_temporary_tree_to_a_persistent_one(bench: Bench, root: User) -> None:
    node = root.install("zoo")["zoo_node"]
    root.create("t", 300, node, temporary=True, write=False)
    root.create("p", 301, node, write=False)
    grow(root, 300, 0, 302)
    root.refuse(Code.CROSS_SECTOR, root.xn_swap, (300, ()), KID, kid(0, 0), (301, ()), KID, kid(0, 302))
    root.xn_allocate_unattached(310, node)
    root.attach(310)
    root.refuse(Code.CROSS_SECTOR, root.xn_swap, (300, ()), KID, kid(0, 0), (310, ()), KID, kid(0, 302))


def test_a_swap_does_not_close_a_circle(bench: Bench, root: User) -> None:
    for slot in range(3):
        grow(root, 100, slot, 300 + slot)
    grow(root, 300, 0, 310)
    root.xn_depend(301, 302)
    root.xn_depend(302, 310)
    root.refuse(Code.CYCLE, root.xn_swap, (300, ()), KID, kid(0, 0), (301, ()), KID, kid(0, 310))


def test_a_swap_between_new_blocks_moves_taint_and_owners(bench: Bench, root: User) -> None:
    grow(root, 100, 0, 300)
    grow(root, 100, 1, 301)
    grow(root, 300, 0, 310)
    root.xn_swap((300, ()), KID, kid(0, 0), (301, ()), KID, kid(0, 310))
    assert root.xn_entry(310).parent == (301, ())
    assert root.xn_entry(300).taint == 0
    assert root.xn_entry(301).taint == 1
    for block in (310, 301, 300, 100):
        root.write(block)
    bench.check_disk()
    root.refuse(Code.CROSS_SECTOR, root.xn_swap, (300, ()), KID, kid(0, 310), (301, ()), KID, kid(0, 0))


def test_swaps_in_unattached_and_temporary_trees_have_no_rules(bench: Bench, root: User) -> None:
    node = root.install("zoo")["zoo_node"]
    root.create("t", 200, node, temporary=True)
    root.xn_allocate_unattached(300, node)
    root.attach(300)
    root.write(300)
    for owner in (200, 300):
        for slot in (1, 2):
            grow(root, owner, slot, owner + slot)
            root.write(owner + slot)
        grow(root, owner + 1, 0, owner + 10)
        root.write(owner + 10, owner + 1)
        root.write(owner)
        sides = ((owner + 1, ()), KID, kid(0, 0), (owner + 2, ()), KID, kid(0, owner + 10))
        root.xn_swap(*sides)
        assert root.xn_entry(owner + 10).parent == (owner + 2, ())
    root.xn_call((100, ()), "set_kid", (0, 300))
    root.refuse(Code.TAINTED, root.xn_write, [100])
    root.write(301, 302)
    root.write(300)
    root.write(100)
    bench.check_disk()


def test_a_swap_onto_itself_and_one_that_overlaps(bench: Bench, root: User) -> None:
    types = root.install("union")
    root.create("s", 300, types["shelf"], write=False)
    root.xn_set_type((300, (0,)), [(0, words(1))], types["shelf_pointers"])
    pointer = [(8, words(0))]
    for left, right in (
        (((300, (0, 0)), 0), ((300, (0, 0)), 0)),
        (((300, (0, 0)), 0), ((300, (0, 0)), 1)),
        (((300, (0, 0)), 0), ((300, (0,)), 0)),
        (((300, ()), 0), ((300, (0, 0)), 0)),
    ):
        root.refuse(Code.BAD_ARGUMENT, root.xn_swap, *left, pointer, *right, pointer)


# ---- unattached trees


def test_no_order_below_what_hangs_from_nothing_and_so_no_circle(bench: Bench, root: User) -> None:
    node = root.install("zoo")["zoo_node"]
    root.xn_allocate_unattached(300, node)
    root.attach(300)
    grow(root, 300, 0, 301)
    root.xn_call((301, ()), "set_data", (0, 302))
    root.write(302)
    root.write(301)
    root.write(300)
    grow(root, 100, 5, 310)
    root.xn_write_bytes((300, ()), 16, b"x")
    root.xn_depend(300, 310)
    root.refuse(Code.BAD_ARGUMENT, root.xn_depend, 310, 301)
    root.xn_call((301, ()), "clear_data", (0,))
    root.xn_call((100, ()), "set_kid", (0, 300))
    for block in (301, 300, 310, 100):
        root.write(block)
    bench.check_disk()


def test_an_attachment_does_not_close_a_circle(bench: Bench, root: User) -> None:
    node = root.install("zoo")["zoo_node"]
    grow(root, 100, 0, 200)
    root.write(200)
    root.write(100)
    root.xn_write_bytes((100, ()), 16, b"dirty")
    root.xn_allocate_unattached(300, node)
    root.attach(300)
    root.xn_call((200, ()), "set_kid", (0, 300))
    root.refuse(Code.CYCLE, root.xn_depend, 100, 300)
    root.refuse(Code.CYCLE, root.xn_depend, 200, 300)


def test_an_unattached_tree_is_its_makers_only(bench: Bench, root: User) -> None:
    node = root.install("zoo")["zoo_node"]
    alice, bob = bench.login(ALICE), bench.login(BOB)
    alice.xn_allocate_unattached(300, node)
    bob.refuse(Code.ACCESS_DENIED, bob.xn_attach, 300, bob.page())
    alice.attach(300)
    bob.refuse(Code.NOT_FREE, bob.xn_call, (100, ()), "set_kid", (0, 300))
    bob.refuse(Code.NOT_OWNED, bob.xn_free_unattached, 300)
    bob.refuse(Code.NOT_HELD, bob.xn_release, 300)
    alice.xn_call((100, ()), "set_kid", (0, 300))
    alice.refuse(Code.NOT_FREE, alice.xn_call, (100, ()), "set_kid", (1, 300))
    alice.refuse(Code.NOT_OWNED, alice.xn_free_unattached, 300)


def test_a_tree_is_not_attached_to_itself_nor_as_something_else(bench: Bench, root: User) -> None:
    types = root.install("zoo")
    odd = root.install("odd")
    root.xn_allocate_unattached(300, types["zoo_node"])
    root.attach(300)
    root.refuse(Code.CYCLE, root.xn_call, (300, ()), "set_kid", (0, 300))
    grow(root, 300, 0, 301)
    root.refuse(Code.CYCLE, root.xn_call, (301, ()), "set_kid", (0, 300))
    root.refuse(Code.WRONG_TYPE, root.xn_call, (100, ()), "set_data", (0, 300))
    root.create("told", 400, odd["odd_teller"], write=False)
    root.xn_allocate_unattached(410, odd["odd_told"], (3,))
    wrong = Owned(410, 1, odd["odd_told"], (4,))
    root.refuse(Code.WRONG_TYPE, root.xn_allocate, (400, ()), 0, [(0, words(4, 410))], wrong)
    right = Owned(410, 1, odd["odd_told"], (3,))
    root.xn_allocate((400, ()), 0, [(0, words(3, 410))], right)


def test_pointers_that_the_disk_still_has_of_an_unattached_block_lead_nobody(
    bench: Bench, root: User
) -> None:
    node = root.install("zoo")["zoo_node"]
    bob = bench.login(BOB)
    root.xn_allocate_unattached(300, node)
    root.attach(300)
    root.xn_call((300, ()), "set_data", (0, 301))
    root.write(301)
    root.write(300)
    root.xn_call((300, ()), "clear_data", (0,))  # free at once: nothing leads there
    bob.create("bob", 310, node, write=False)
    bob.xn_call((310, ()), "set_data", (0, 301))
    bob.fill(301, b"bob's secret")
    bob.write(301)
    bob.write(310)
    root.xn_call((100, ()), "set_kid", (0, 300))
    root.refuse(Code.TAINTED, root.xn_write, [100])
    bench.check_disk()
    root.write(300)
    root.write(100)
    bench.check_disk()


def test_a_holder_of_an_unattached_block_keeps_it(bench: Bench, root: User) -> None:
    node = root.install("zoo")["zoo_node"]
    root.xn_allocate_unattached(300, node)
    root.attach(300)
    grow(root, 300, 0, 301, attach=False)
    root.write(301)
    root.refuse(Code.DIRTY, root.xn_release, 301)
    root.refuse(Code.HAS_KIDS, root.xn_release, 300)
    root.refuse(Code.HAS_KIDS, root.xn_free_unattached, 300)
    root.xn_call((300, ()), "clear_kid", (0,))
    root.xn_free_unattached(300)
    assert root.xn_entry(300) is None


def test_a_very_deep_tree_ends_with_its_environment(make_bench: MakeBench) -> None:
    bench = make_bench(pages=4096)
    root = bench.login()
    node = root.install("zoo")["zoo_node"]
    free = bench.state.free_map.free
    bench.checks = False
    root.xn_allocate_unattached(300, node)
    root.attach(300)
    for block in range(300, 1500):
        grow(root, block, 0, block + 1)
    bench.checks = True
    bench.destroy(root)
    assert bench.state.free_map.free == free


# ---- the ends of environments


@pytest.mark.parametrize("ordered", [False, True])
@pytest.mark.parametrize("write_cache", [False, True])
def test_the_kernel_writes_what_the_dead_have_left(
    make_bench: MakeBench, ordered: bool, write_cache: bool
) -> None:
    bench = make_bench(ordered=ordered, write_cache=write_cache)
    alice, bob = bench.login(), bench.login()
    node = alice.install("zoo")["zoo_node"]
    alice.create("r", 100, node, write=False)
    grow(alice, 100, 0, 300)
    grow(alice, 300, 0, 301)
    alice.xn_call((301, ()), "set_data", (0, 302))
    bench.destroy(alice)
    for _ in range(6):
        bench.idle()
        bob.xn_flush()
    bench.idle()
    assert not bench.state.registry.dirty
    after = bench.crash()
    assert after.session.recovery.reached >= 4 or ordered
    again = after.login()
    assert again.open("r") == 100
    bench.check_disk()


def test_what_nobody_holds_and_somebody_changed_is_written_at_his_end(bench: Bench, root: User) -> None:
    root.xn_release(100)
    bob = bench.login()
    bob.xn_write_bytes((100, ()), 16, b"bob was here")
    bench.destroy(bob)
    bench.idle()
    assert not bench.state.registry.dirty
    assert 100 in bench.state.registry.unowned


def test_a_root_of_the_dead_can_be_evicted(bench: Bench) -> None:
    alice = bench.login()
    alice.create("r", 100, alice.install("zoo")["zoo_node"], write=False)
    bench.destroy(alice)
    bench.idle()
    assert 100 in bench.state.registry.unowned
    evict(bench)
    assert bench.login().open("r") == 100


def test_an_unattached_tree_ends_with_its_maker(bench: Bench, root: User) -> None:
    free = bench.state.free_map.free
    alice = bench.login(ALICE)
    node = root.install("zoo")["zoo_node"]
    alice.xn_allocate_unattached(300, node)
    alice.attach(300)
    grow(alice, 300, 0, 301)
    alice.xn_write([301])  # in flight when she ends
    bench.destroy(alice)
    root.refuse(Code.NOT_FREE, root.xn_allocate_unattached, 301, node)
    bench.idle()
    assert bench.state.free_map.free == free
    assert root.xn_entry(300) is None
