"""What a hostile library file system tries: a name, the attack, and how its last call is refused.

In: a `World`. Out: `ATTACKS`. Steps before the last call succeed, the attacker may do them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.xn.bench import ALICE, ALICE_ID, BOB_ID, words
from tests.xn.world import World
from vm.xn.owned import DATA, Owned
from vm.xok.capability import Capability
from vm.xok.refusal import Code

MINE, HERS = (120, ()), (110, ())
DATA_AT, KID_AT, RUN_AT, KID, RUN = 64, 512, 1024, 112, 240


@dataclass(frozen=True)
class Attack:
    """An attack.

    Args:
        name: of it.
        code: of the refusal.
        run: does it; its last call is refused.
    """

    name: str
    code: Code
    run: Callable[[World], Any]


ATTACKS: list[Attack] = []


def attack(code: Code) -> Callable[[Callable[[World], Any]], Callable[[World], Any]]:
    """Put a function into the table."""

    def add(run: Callable[[World], Any]) -> Callable[[World], Any]:
        ATTACKS.append(Attack(run.__name__, code, run))
        return run

    return add


def data(slot: int, block: int) -> list[tuple[int, bytes]]:
    """Return the write of a data pointer of a node."""
    return [(DATA_AT + 4 * slot, words(block))]


def kid(slot: int, block: int) -> list[tuple[int, bytes]]:
    """Return the write of a pointer to a node."""
    return [(KID_AT + 4 * slot, words(block))]


def one(block: int) -> Owned:
    """Return a block of data."""
    return Owned(block, 1, DATA)


# ---- stealing blocks


@attack(Code.NOT_FREE)
def point_at_her_data(w: World) -> None:
    w.bob.xn_call(MINE, "set_data", (1, 200))


@attack(Code.NOT_FREE)
def point_at_her_node(w: World) -> None:
    w.bob.xn_call(MINE, "set_kid", (1, 111))


@attack(Code.NOT_FREE)
def point_at_her_root(w: World) -> None:
    w.bob.xn_call(MINE, "set_kid", (1, 110))


@attack(Code.NOT_FREE)
def point_at_her_node_as_data(w: World) -> None:
    w.bob.xn_call(MINE, "set_data", (1, 111))


@attack(Code.NOT_FREE)
def point_at_a_block_of_mine_twice(w: World) -> None:
    w.bob.xn_call(MINE, "set_data", (1, 230))


@attack(Code.NOT_FREE)
def point_at_my_root(w: World) -> None:
    w.bob.xn_call((121, ()), "set_kid", (0, 120))


@attack(Code.BAD_BLOCK)
def point_at_the_super_block(w: World) -> None:
    w.bob.xn_call(MINE, "set_data", (1, 1))


@attack(Code.BAD_BLOCK)
def point_at_the_free_map(w: World) -> None:
    w.bob.xn_call(MINE, "set_data", (1, 2))


@attack(Code.BAD_BLOCK)
def point_at_the_root_catalogue(w: World) -> None:
    w.bob.xn_allocate(MINE, 1, data(1, 3), one(3))


@attack(Code.NOT_FREE)
def point_at_the_types(w: World) -> None:
    w.bob.xn_call(MINE, "set_data", (1, w.bench.state.type_runs[0][0]))


@attack(Code.BAD_BLOCK)
def point_behind_the_disk(w: World) -> None:
    w.bob.xn_call(MINE, "set_data", (1, w.bench.state.super.blocks))


@attack(Code.BAD_BLOCK)
def point_far_behind_the_disk(w: World) -> None:
    w.bob.xn_call(MINE, "set_data", (1, 0xFFFFFFFF))


@attack(Code.NOT_FREE)
def own_a_run_that_ends_in_her_blocks(w: World) -> None:
    writes = [(RUN_AT, words(190, 20))]
    w.bob.xn_allocate(MINE, RUN, writes, Owned(190, 20, DATA))


@attack(Code.BAD_BLOCK)
def own_a_run_that_ends_behind_the_disk(w: World) -> None:
    start = w.bench.state.super.blocks - 2
    w.bob.xn_allocate(MINE, RUN, [(RUN_AT, words(start, 4))], Owned(start, 4, DATA))


@attack(Code.BAD_ARGUMENT)
def own_the_whole_disk(w: World) -> None:
    w.bob.xn_allocate(MINE, RUN, [(RUN_AT, words(0, 0xFFFFFFFF))], Owned(0, 0xFFFFFFFF, DATA))


@attack(Code.OWNS_CHANGED)
def own_more_than_i_say(w: World) -> None:
    w.bob.xn_allocate(MINE, RUN, [(RUN_AT, words(198, 6))], Owned(198, 2, DATA))


@attack(Code.OWNS_CHANGED)
def write_her_block_while_allocating_mine(w: World) -> None:
    w.bob.xn_allocate(MINE, 1, data(1, 200), one(300))


@attack(Code.OWNS_CHANGED)
def modify_a_pointer(w: World) -> None:
    w.bob.xn_modify(MINE, None, data(1, 200))


@attack(Code.OWNS_CHANGED)
def modify_a_pointer_by_partition(w: World) -> None:
    w.bob.xn_modify(MINE, [1], data(1, 200))


@attack(Code.OUTSIDE_PARTITION)
def modify_a_pointer_of_a_partition_not_named(w: World) -> None:
    w.bob.xn_modify(MINE, [], data(1, 200))


@attack(Code.NOT_RAW)
def write_raw_bytes_over_a_pointer(w: World) -> None:
    w.bob.xn_write_bytes(MINE, DATA_AT + 4, words(200))


@attack(Code.NOT_RAW)
def write_raw_bytes_that_reach_a_pointer(w: World) -> None:
    w.bob.xn_write_bytes(MINE, DATA_AT - 2, words(200))


@attack(Code.NOT_RAW)
def write_raw_bytes_over_a_discriminator(w: World) -> None:
    w.bob.xn_write_bytes((140, (0,)), 0, words(1))


@attack(Code.ACCESS_DENIED)
def take_a_block_out_of_her_node(w: World) -> None:
    w.bob.xn_call(HERS, "clear_data", (0,))


@attack(Code.CROSS_SECTOR)
def swap_her_block_for_mine(w: World) -> None:
    w.bob.xn_swap(HERS, 0, data(0, 230), MINE, 0, data(0, 200))


@attack(Code.OWNS_CHANGED)
def free_her_block_from_mine(w: World) -> None:
    w.bob.xn_free(MINE, 1, data(1, 0), one(200))


@attack(Code.NOT_OWNED)
def bind_her_block_to_my_node(w: World) -> None:
    w.bob.xn_bind(200, MINE, 0)


@attack(Code.NOT_OWNED)
def bind_a_free_block(w: World) -> None:
    w.bob.xn_bind(900, MINE, 1)


@attack(Code.NOT_OWNED)
def bind_my_block_to_another_node_of_mine(w: World) -> None:
    w.bob.xn_bind(231, MINE, 0)


@attack(Code.ACCESS_DENIED)
def bind_through_her_node(w: World) -> None:
    w.bob.xn_bind(200, HERS, 0)


@attack(Code.NOT_BOUND)
def bind_through_a_node_that_is_not_in_the_registry(w: World) -> None:
    w.bob.xn_bind(200, (500, ()), 0)


@attack(Code.NO_SUCH_PLACE)
def bind_through_data(w: World) -> None:
    w.bob.xn_view(230, write=True)[DATA_AT : DATA_AT + 4] = words(200)
    w.bob.xn_bind(200, (230, ()), 0)


@attack(Code.NO_SUCH_PLACE)
def allocate_in_data(w: World) -> None:
    w.bob.xn_allocate((230, ()), 0, data(0, 300), one(300))


# ---- reading what is hers


@attack(Code.ACCESS_DENIED)
def view_her_data(w: World) -> None:
    w.bob.xn_view(200)


@attack(Code.ACCESS_DENIED)
def view_her_node(w: World) -> None:
    w.bob.xn_view(111)


@attack(Code.ACCESS_DENIED)
def read_bytes_of_her_node(w: World) -> None:
    w.bob.xn_read_bytes(HERS, 0, 64)


@attack(Code.UNKNOWN_TYPE)
def read_her_data_raw_and_view_it(w: World) -> None:
    w.alice.xn_release(200, keep=False)
    w.bob.xn_raw_insert(200)
    w.bob.read(200)
    w.bob.xn_view(200)


@attack(Code.NOT_OWNED)
def read_her_data_raw_and_bind_it_to_mine(w: World) -> None:
    w.alice.xn_release(200, keep=False)
    w.bob.xn_raw_insert(200)
    w.bob.read(200)
    w.bob.xn_bind(200, MINE, 0)


@attack(Code.NOT_OWNED)
def read_a_free_block_raw(w: World) -> None:
    w.bob.xn_raw_insert(900)


@attack(Code.BAD_BLOCK)
def read_the_root_catalogue_raw(w: World) -> None:
    w.bob.xn_raw_insert(3)


@attack(Code.ALREADY_BOUND)
def read_raw_what_is_bound(w: World) -> None:
    w.bob.xn_raw_insert(200)


@attack(Code.UNINITIALISED)
def read_what_a_new_block_had_before(w: World) -> None:
    w.alice.xn_call(HERS, "set_data", (9, 300))
    w.alice.fill(300, b"her secret")
    w.alice.write(300)
    w.alice.write(110)
    w.alice.xn_call(HERS, "clear_data", (9,))
    w.alice.write(110)
    w.bob.xn_call(MINE, "set_data", (1, 300))
    w.bob.xn_read([300], [w.page()])


@attack(Code.NOT_IN_CORE)
def view_a_new_block_without_a_page(w: World) -> None:
    w.bob.xn_call(MINE, "set_data", (1, 300))
    w.bob.xn_view(300)


@attack(Code.METADATA)
def map_metadata_writable(w: World) -> None:
    w.bob.xn_view(121, write=True)


@attack(Code.NOT_BOUND)
def use_an_entry_after_it_was_freed(w: World) -> None:
    w.bob.xn_view(230)
    w.bob.xn_call(MINE, "clear_data", (0,))
    w.bob.xn_set_dirty([230])


# ---- capabilities


@attack(Code.NOT_DOMINATED)
def forge_her_capability(w: World) -> None:
    w.bob.forge(0, 1, ALICE)


@attack(Code.NOT_DOMINATED)
def forge_the_empty_name(w: World) -> None:
    w.bob.forge(0, 1, Capability(b""))


@attack(Code.NOT_DOMINATED)
def forge_from_one_without_permission_to_duplicate(w: World) -> None:
    w.bob.forge(0, 1, Capability(b"B", 1))
    w.bob.forge(1, 2, Capability(b"B", 1))


@attack(Code.NOTHING_OFFERED)
def acquire_what_is_not_offered(w: World) -> None:
    w.bob.acquire(w.alice.id, 1)


@attack(Code.NO_SUCH_CAPABILITY)
def present_an_empty_slot(w: World) -> None:
    w.bob.xn_view(230, cap=5)


@attack(Code.ACCESS_DENIED)
def write_with_a_capability_to_read(w: World) -> None:
    w.bob.forge(0, 1, Capability(b"B", 0))
    w.bob.xn_write_bytes(MINE, 16, b"x", cap=1)


@attack(Code.ACCESS_DENIED)
def give_myself_her_node(w: World) -> None:
    w.bob.xn_modify(HERS, None, [(0, words(BOB_ID))])


@attack(Code.ACCESS_DENIED)
def give_my_node_to_her(w: World) -> None:
    w.bob.xn_modify(MINE, None, [(0, words(ALICE_ID))])


@attack(Code.ACCESS_DENIED)
def change_her_box_from_my_shelf(w: World) -> None:
    w.bob.xn_modify((140, ()), None, [(1028, words(BOB_ID))])


@attack(Code.ACCESS_DENIED)
def change_her_box_from_the_union(w: World) -> None:
    w.bob.xn_modify((140, (1,)), None, [(4, words(BOB_ID))])


@attack(Code.OWNS_CHANGED)
def clear_her_box_while_it_owns(w: World) -> None:
    w.bob.xn_clear_type((140, (1,)), [(0, words(0))])


@attack(Code.ACCESS_DENIED)
def delete_her_root(w: World) -> None:
    w.bob.xn_delete_root("alice")


@attack(Code.ROOT_EXISTS)
def make_a_root_of_her_name(w: World) -> None:
    w.bob.xn_create_root("alice", None, w.node)


@attack(Code.NOT_FREE)
def make_a_root_of_her_block(w: World) -> None:
    w.bob.xn_create_root("mine", 200, w.node)


@attack(Code.BAD_BLOCK)
def make_a_root_of_the_type_catalogue(w: World) -> None:
    w.bob.xn_create_root("mine", w.bench.state.super.types_at, DATA)


# ---- order


@attack(Code.TAINTED)
def write_a_pointer_to_a_block_that_was_never_written(w: World) -> None:
    w.bob.xn_call(MINE, "set_kid", (1, 300))
    w.bob.xn_write([120])


@attack(Code.TAINTED)
def write_a_pointer_to_data_that_were_never_written(w: World) -> None:
    w.bob.xn_call(MINE, "set_data", (1, 300))
    w.bob.fill(300, b"in core only")
    w.bob.xn_write([120])


@attack(Code.TAINTED)
def write_while_the_kid_is_on_its_way(w: World) -> None:
    w.bob.xn_call(MINE, "set_kid", (1, 300))
    w.bob.attach(300)
    w.bob.xn_write([300])
    w.bob.xn_write([120])


@attack(Code.TAINTED)
def write_owner_and_kid_in_one_call(w: World) -> None:
    w.bob.xn_call(MINE, "set_kid", (1, 300))
    w.bob.attach(300)
    w.bob.xn_write([300, 120])


@attack(Code.TAINTED)
def attach_a_tree_with_a_block_that_was_never_written(w: World) -> None:
    w.bob.xn_allocate_unattached(300, w.node)
    w.bob.attach(300)
    w.bob.xn_call((300, ()), "set_kid", (0, 301))
    w.bob.write(300)
    w.bob.xn_call(MINE, "set_kid", (1, 300))
    w.bob.xn_write([120])


@attack(Code.WILL_FREE)
def use_a_block_again_before_its_pointer_is_gone(w: World) -> None:
    w.bob.xn_call(MINE, "clear_data", (0,))
    w.bob.xn_call(MINE, "set_data", (1, 230))


@attack(Code.WILL_FREE)
def use_a_block_again_while_the_write_is_on_its_way(w: World) -> None:
    w.bob.xn_call(MINE, "clear_data", (0,))
    w.bob.xn_write([120])
    w.bob.xn_call(MINE, "set_data", (1, 230))


@attack(Code.WILL_FREE)
def use_what_was_below_a_freed_node_again(w: World) -> None:
    w.bob.xn_release(231, keep=False)
    w.bob.xn_call(MINE, "clear_kid", (0,))
    w.bob.xn_allocate_unattached(231, DATA)


@attack(Code.OWNS_CHANGED)
def free_a_block_twice(w: World) -> None:
    w.bob.xn_free(MINE, 0, data(0, 0), one(230))
    w.bob.xn_free(MINE, 0, data(0, 0), one(230))


@attack(Code.METHOD_REFUSED)
def clear_a_pointer_twice(w: World) -> None:
    w.bob.xn_call(MINE, "clear_data", (0,))
    w.bob.xn_call(MINE, "clear_data", (0,))


@attack(Code.HAS_KIDS)
def free_a_node_with_kids_in_core(w: World) -> None:
    w.bob.xn_call(MINE, "clear_kid", (0,))


@attack(Code.HAS_POINTERS)
def free_a_node_that_owns_nodes(w: World) -> None:
    w.bob.xn_call((121, ()), "set_kid", (0, 300))
    w.bob.attach(300)
    w.bob.write(300)
    w.bob.write(121)
    w.bob.xn_release(300, keep=False)
    w.bob.xn_release(231, keep=False)
    w.bob.xn_call(MINE, "clear_kid", (0,))


@attack(Code.NOT_IN_CORE)
def free_a_node_that_is_not_in_core(w: World) -> None:
    w.bob.xn_release(231, keep=False)
    w.bob.xn_release(121, keep=False)
    w.bob.xn_call(MINE, "clear_kid", (0,))


@attack(Code.TRANSFERRING)
def free_a_block_on_its_way(w: World) -> None:
    w.bob.xn_view(230, write=True)[:1] = b"x"
    w.bob.xn_set_dirty([230])
    w.bob.xn_write([230])
    w.bob.xn_call(MINE, "clear_data", (0,))


@attack(Code.TRANSFERRING)
def write_a_block_on_its_way(w: World) -> None:
    for text in (b"x", b"y"):
        w.bob.xn_view(230, write=True)[:1] = text
        w.bob.xn_set_dirty([230])
        w.bob.xn_write([230])


@attack(Code.CYCLE)
def wait_for_myself(w: World) -> None:
    w.bob.xn_depend(120, 120)


@attack(Code.CYCLE)
def wait_in_a_circle(w: World) -> None:
    for block in (120, 121):
        w.bob.xn_write_bytes((block, ()), 16, b"dirty")
    w.bob.xn_depend(120, 121)
    w.bob.xn_depend(121, 120)


@attack(Code.CYCLE)
def wait_for_the_owner_that_waits_for_me(w: World) -> None:
    w.bob.xn_call(MINE, "set_kid", (1, 300))
    w.bob.xn_depend(120, 300)


@attack(Code.CYCLE)
def close_a_circle_by_a_swap(w: World) -> None:
    for slot, block in ((1, 300), (2, 301)):
        w.bob.xn_call(MINE, "set_kid", (slot, block))
        w.bob.attach(block)
    w.bob.xn_call((300, ()), "set_kid", (0, 302))
    w.bob.xn_depend(301, 302)
    w.bob.xn_swap((300, ()), KID, kid(0, 0), (301, ()), KID, kid(0, 302))


@attack(Code.ACCESS_DENIED)
def let_her_block_wait_for_mine(w: World) -> None:
    w.bob.xn_open_root("alice")
    w.bob.xn_open_root("bob")
    w.bob.xn_depend(120, 110)


@attack(Code.NOT_HELD)
def let_a_block_that_i_do_not_hold_wait(w: World) -> None:
    w.bob.xn_depend(120, 111)


@attack(Code.ACCESS_DENIED)
def lock_her_root(w: World) -> None:
    w.bob.xn_open_root("alice")
    w.bob.xn_lock(110)


@attack(Code.LOCKED)
def write_what_she_has_locked(w: World) -> None:
    w.alice.xn_lock(110)
    w.alice.xn_write_bytes(HERS, 16, bytes(1))
    w.bob.xn_write([110])


@attack(Code.LOCKED)
def change_what_she_has_locked(w: World) -> None:
    w.alice.xn_open_root("public")
    w.alice.xn_lock(100)
    try:
        w.bob.xn_call((100, ()), "set_data", (1, 300))
    finally:
        w.alice.xn_unlock(100)


@attack(Code.NOT_LOCKED)
def unlock_what_she_has_locked(w: World) -> None:
    w.alice.xn_lock(110)
    w.bob.xn_unlock(110)


# ---- trees, unions, parts


@attack(Code.BAD_ARGUMENT)
def swap_onto_itself(w: World) -> None:
    w.bob.xn_swap(MINE, 0, [], MINE, 0, [])


@attack(Code.BAD_ARGUMENT)
def swap_places_that_overlap(w: World) -> None:
    w.bob.xn_swap((140, ()), 0, [], (140, (1,)), 0, [])


@attack(Code.CROSS_SECTOR)
def swap_across_sectors(w: World) -> None:
    w.bob.xn_swap(MINE, 0, data(0, 231), (121, ()), 0, data(0, 230))


@attack(Code.CROSS_SECTOR)
def swap_across_trees(w: World) -> None:
    w.bob.create("temporary", 300, w.node, temporary=True)
    w.bob.xn_swap(MINE, 0, data(0, 0), (300, ()), 0, data(0, 230))


@attack(Code.CROSS_SECTOR)
def change_two_sectors_at_once(w: World) -> None:
    w.bob.xn_modify(MINE, None, [(0, words(BOB_ID, 1)), (2048, b"x")])


@attack(Code.CROSS_SECTOR)
def write_across_a_boundary_of_sectors(w: World) -> None:
    w.bob.xn_modify(MINE, None, [(508, bytes(8))])


@attack(Code.CROSS_SECTOR)
def tear_a_pointer_in_two(w: World) -> None:
    w.bob.create("wide", 300, w.wide["wide_least"], write=False)
    w.bob.xn_call((300, ()), "set", (301,))
    w.bob.fill(301, b"mine")
    w.bob.write(301)
    w.bob.write(300)
    w.bob.xn_call((300, ()), "raise_left", (200 + 200,))


@attack(Code.CROSS_SECTOR)
def change_a_meaning_in_another_sector(w: World) -> None:
    w.bob.create("wide", 300, w.wide["wide_kind"], write=False)
    w.bob.xn_call((300, ()), "be", (1,))
    w.bob.write(300)
    w.bob.xn_call((300, ()), "be", (2,))


@attack(Code.NOT_FREE)
def attach_her_unattached_tree(w: World) -> None:
    w.alice.xn_allocate_unattached(300, w.node)
    w.bob.xn_call(MINE, "set_kid", (1, 300))


@attack(Code.ACCESS_DENIED)
def change_her_unattached_tree(w: World) -> None:
    w.alice.xn_allocate_unattached(300, w.shelf["xor_block"])
    w.alice.attach(300)
    w.bob.xn_write_bytes((300, (2,)), 0, b"x")


@attack(Code.NOT_FREE)
def attach_a_tree_twice(w: World) -> None:
    w.bob.xn_allocate_unattached(300, w.node)
    w.bob.xn_call(MINE, "set_kid", (1, 300))
    w.bob.xn_call(MINE, "set_kid", (2, 300))


@attack(Code.CYCLE)
def attach_a_tree_to_itself(w: World) -> None:
    w.bob.xn_allocate_unattached(300, w.node)
    w.bob.attach(300)
    w.bob.xn_call((300, ()), "set_kid", (0, 300))


@attack(Code.WRONG_TYPE)
def attach_a_tree_as_data(w: World) -> None:
    w.bob.xn_allocate_unattached(300, w.node)
    w.bob.xn_call(MINE, "set_data", (1, 300))


@attack(Code.DIRTY)
def let_go_of_an_unattached_tree(w: World) -> None:
    w.bob.xn_allocate_unattached(300, w.node)
    w.bob.write(300)
    w.bob.xn_release(300)


@attack(Code.TAINTED)
def lead_to_what_an_unattached_block_once_pointed_to(w: World) -> None:
    w.bob.xn_allocate_unattached(300, w.node)
    w.bob.attach(300)
    w.bob.xn_call((300, ()), "set_data", (0, 301))
    w.bob.write(301)
    w.bob.write(300)
    w.bob.xn_call((300, ()), "clear_data", (0,))
    w.bob.xn_call(MINE, "set_kid", (1, 300))
    w.bob.xn_write([120])


@attack(Code.WRONG_TYPE)
def make_a_union_something_else(w: World) -> None:
    w.bob.xn_set_type((140, (0,)), [(0, words(2))], w.shelf["shelf_pointers"])


@attack(Code.WRONG_TYPE)
def make_a_union_that_has_a_member_another(w: World) -> None:
    w.bob.xn_set_type((140, (1,)), [(0, words(2))], w.shelf["shelf_bytes"])


@attack(Code.OWNS_CHANGED)
def make_bytes_pointers(w: World) -> None:
    w.bob.xn_set_type((140, (0,)), [(0, words(2, BOB_ID, 200))], w.shelf["shelf_bytes"])
    w.bob.xn_modify((140, (0,)), None, [(0, words(1))])


@attack(Code.OWNS_CHANGED)
def make_a_third_part_pointers_by_a_swap(w: World) -> None:
    w.bob.create("x", 300, w.shelf["xor_block"], write=False)
    w.bob.xn_write_bytes((300, (2,)), 0, words(200))
    w.bob.xn_swap((300, (0,)), 0, [(0, words(1))], (300, (1,)), 0, [(0, words(1))])


@attack(Code.OWNS_CHANGED)
def move_a_pointer_from_object_to_object(w: World) -> None:
    w.bob.create("s", 300, w.shelf["shelf"], write=False)
    for box in (0, 1):
        w.bob.xn_set_type((300, (box,)), [(0, words(1))], w.shelf["shelf_pointers"])
    w.bob.xn_call((300, (0, 0)), "set", (0, 301))
    w.bob.xn_modify((300, ()), None, [(520, words(0)), (1032, words(301))])


@attack(Code.NO_SUCH_PLACE)
def name_a_part_that_is_none(w: World) -> None:
    w.bob.xn_read_bytes((120, (0,)), 0, 4)


@attack(Code.NO_SUCH_PARTITION)
def name_a_partition_that_is_none(w: World) -> None:
    w.bob.xn_allocate(MINE, 1000, data(1, 300), one(300))


@attack(Code.NO_SUCH_METHOD)
def call_a_method_of_another_type(w: World) -> None:
    w.bob.xn_call(MINE, "set_direct", (1, 300))


@attack(Code.BAD_ARGUMENTS)
def call_a_method_with_an_argument_outside_its_domain(w: World) -> None:
    w.bob.xn_call(MINE, "set_data", (1, 1 << 32))


@attack(Code.BAD_ARGUMENTS)
def call_a_method_with_too_few_arguments(w: World) -> None:
    w.bob.xn_call(MINE, "set_data", (1,))


@attack(Code.METHOD_REFUSED)
def call_a_method_with_an_index_out_of_range(w: World) -> None:
    w.bob.xn_call(MINE, "set_data", (112, 300))


@attack(Code.BAD_ARGUMENTS)
def own_an_object_with_arguments_that_it_does_not_take(w: World) -> None:
    w.bob.create("teller", 300, w.odd["odd_teller"], write=False)
    nine = Owned(301, 1, w.odd["odd_told"], (9,))
    w.bob.xn_allocate((300, ()), 0, [(0, words(9, 301))], nine)


@attack(Code.OWNS_CHANGED)
def lie_about_arguments(w: World) -> None:
    w.bob.create("teller", 300, w.odd["odd_teller"], write=False)
    three = Owned(301, 1, w.odd["odd_told"], (3,))
    w.bob.xn_allocate((300, ()), 0, [(0, words(4, 301))], three)


@attack(Code.OWNS_CHANGED)
def tell_a_kid_other_arguments(w: World) -> None:
    w.bob.create("teller", 300, w.odd["odd_teller"], write=False)
    w.bob.xn_allocate((300, ()), 0, [(0, words(3, 301))], Owned(301, 1, w.odd["odd_told"], (3,)))
    w.bob.xn_modify((300, ()), None, [(0, words(4))])


@attack(Code.BAD_ARGUMENTS)
def make_an_object_with_a_million_partitions(w: World) -> None:
    w.bob.xn_allocate_unattached(300, w.odd["odd_many"], (1 << 40,))


@attack(Code.OWNS_CHANGED)
def own_metadata_of_two_blocks(w: World) -> None:
    w.bob.xn_allocate(MINE, KID + 1, kid(1, 300), Owned(300, 2, w.node))


@attack(Code.BAD_ARGUMENT)
def free_no_blocks_at_all(w: World) -> None:
    w.bob.xn_free(MINE, 1, [], Owned(300, 0, DATA))


@attack(Code.NO_SUCH_TYPE)
def own_a_type_that_there_is_not(w: World) -> None:
    w.bob.xn_allocate_unattached(300, 99999)


# ---- pages


@attack(Code.NO_SUCH_PAGE)
def give_a_page_that_is_not_mine(w: World) -> None:
    w.bob.xn_call(MINE, "set_data", (1, 300))
    w.bob.xn_attach(300, w.root.page())


@attack(Code.PAGE_BOUND)
def give_a_page_twice(w: World) -> None:
    page = w.page()
    for slot in (1, 2):
        w.bob.xn_call(MINE, "set_data", (slot, 300 + slot))
        w.bob.xn_attach(300 + slot, page)


@attack(Code.PAGE_PINNED)
def give_a_page_with_regions(w: World) -> None:
    page = w.page()
    w.bob.region_create(page, 0, 16)
    w.bob.xn_call(MINE, "set_data", (1, 300))
    w.bob.xn_attach(300, page)


@attack(Code.NO_SUCH_PAGE)
def give_a_page_that_was_repossessed(w: World) -> None:
    page = w.page()
    w.bench.session.kernel.revocation._take(w.bob.environment, page)
    w.bob.xn_call(MINE, "set_data", (1, 300))
    w.bob.xn_attach(300, page)


@attack(Code.PAGE_BOUND)
def free_a_page_under_a_block(w: World) -> None:
    page = w.page()
    w.bob.xn_call(MINE, "set_data", (1, 300))
    w.bob.xn_attach(300, page)
    w.bob.page_free(page)


@attack(Code.PAGE_BOUND)
def map_a_page_under_a_node(w: World) -> None:
    page = w.page()
    w.bob.xn_call(MINE, "set_kid", (1, 300))
    w.bob.xn_attach(300, page)
    w.bob.page_bind(page, write=True)


@attack(Code.METADATA)
def give_a_node_my_contents(w: World) -> None:
    w.bob.xn_call(MINE, "set_kid", (1, 300))
    w.bob.xn_attach(300, w.page(words(0, 0) * 8 + words(200)), contents=True)


@attack(Code.IN_CORE)
def give_a_block_another_page(w: World) -> None:
    w.bob.xn_attach(230, w.page(), contents=True)


@attack(Code.ACCESS_DENIED)
def give_her_new_block_a_page(w: World) -> None:
    w.alice.xn_call(HERS, "set_data", (5, 300))
    w.bob.xn_attach(300, w.page())


@attack(Code.IN_CORE)
def read_over_what_is_in_core(w: World) -> None:
    w.bob.xn_read([200], [w.page()])


# ---- types and catalogues


@attack(Code.TYPE_EXISTS)
def install_types_twice(w: World) -> None:
    w.bob.xn_install("zoo", w.bench.forms.load("list"))


@attack(Code.TYPE_REFUSED)
def install_types_that_are_not_proved(w: World) -> None:
    w.bob.xn_install("bob", b"XUT1" + bytes(100))


@attack(Code.NO_SUCH_ROOT)
def open_a_root_that_there_is_not(w: World) -> None:
    w.bob.xn_open_root("carol")


@attack(Code.HAS_KIDS)
def delete_a_root_with_kids(w: World) -> None:
    w.bob.xn_delete_root("bob")


@attack(Code.DIRTY)
def say_that_the_disk_is_clean(w: World) -> None:
    w.bob.xn_write_bytes(MINE, 16, b"dirty")
    w.bob.xn_shutdown()


@attack(Code.NOT_HELD)
def release_what_she_holds(w: World) -> None:
    w.bob.xn_release(200)


@attack(Code.DIRTY)
def release_what_is_dirty(w: World) -> None:
    w.bob.xn_view(230, write=True)[:1] = b"x"
    w.bob.xn_set_dirty([230])
    w.bob.xn_release(230)


@attack(Code.METADATA)
def say_that_metadata_are_dirty(w: World) -> None:
    w.bob.xn_set_dirty([120])


@attack(Code.NO_SUCH_ENVIRONMENT)
def act_after_death(w: World) -> None:
    carol = w.bench.login()
    w.bench.destroy(carol)
    carol.xn_delete_root("alice")
