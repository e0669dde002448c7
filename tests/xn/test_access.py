"""Who may do what: the nearest `acl` decides, also about bytes that are reached from outside."""

from __future__ import annotations

import pytest

from tests.xn.bench import ALICE, ALICE_ID, BOB, BOB_ID, NOBODY_ID, Bench, User, claim, words
from vm.xn.owned import DATA, Owned
from vm.xok.capability import WRITE, Capability
from vm.xok.refusal import Code


@pytest.fixture
def root(bench: Bench) -> User:
    """Root's file system is block 100, Alice's block 110."""
    root = bench.login()
    node = root.install("zoo")["zoo_node"]
    root.create("r", 100, node)
    claim(root, 100, NOBODY_ID)
    root.create("a", 110, node)
    claim(root, 110, ALICE_ID)
    return root


def test_an_acl_says_who_may(bench: Bench, root: User) -> None:
    alice, bob = bench.login(ALICE), bench.login(BOB)
    alice.xn_call((110, ()), "set_data", (0, 300))
    alice.fill(300, b"alice's")
    alice.write(300)
    denied = Code.ACCESS_DENIED
    place = (110, ())
    bob.refuse(denied, bob.xn_call, place, "set_data", (1, 301))
    bob.refuse(denied, bob.xn_call, place, "clear_data", (0,))
    bob.refuse(denied, bob.xn_allocate, place, 1, [(68, words(301))], Owned(301, 1, DATA))
    bob.refuse(denied, bob.xn_free, place, 0, [(64, words(0))], Owned(300, 1, DATA))
    bob.refuse(denied, bob.xn_modify, place, None, [(0, words(BOB_ID))])
    bob.refuse(denied, bob.xn_write_bytes, place, 16, b"bob")
    bob.refuse(denied, bob.xn_bind, 300, place, 0)
    bob.refuse(denied, bob.xn_view, 300)
    bob.refuse(denied, bob.xn_view, 300, write=True)
    bob.refuse(denied, bob.xn_view, 110)
    bob.refuse(denied, bob.xn_set_dirty, [300])
    bob.refuse(denied, bob.xn_read_bytes, place, 0, 4)
    bob.refuse(Code.NOT_HELD, bob.xn_lock, 110)
    bob.refuse(Code.NOT_HELD, bob.xn_depend, 300, 110)
    assert bob.xn_read_bytes(place, 16, 5) == bytes(5)  # `raw_read` is for everybody
    assert bob.xn_open_root("a") == alice.xn_open_root("a")  # roots are not secret
    bob.refuse(denied, bob.xn_lock, 110)
    bob.refuse(denied, bob.xn_delete_root, "a")


def test_what_is_public_can_be_read_and_no_more(bench: Bench, root: User) -> None:
    claim(root, 110, ALICE_ID, 1)
    alice, bob = bench.login(ALICE), bench.login(BOB)
    alice.xn_call((110, ()), "set_data", (0, 300))
    alice.fill(300, b"alice's")
    bob.xn_bind(300, (110, ()), 0)
    view = bob.xn_view(300)
    assert bytes(view[:7]) == b"alice's"
    assert view.readonly
    bob.refuse(Code.ACCESS_DENIED, bob.xn_view, 300, write=True)
    bob.xn_open_root("a")
    bob.refuse(Code.ACCESS_DENIED, bob.xn_depend, 300, 110)


def test_a_capability_without_permission_to_write(bench: Bench, root: User) -> None:
    alice = bench.login(ALICE)
    alice.forge(0, 1, Capability(b"A", 0))
    alice.refuse(Code.ACCESS_DENIED, alice.xn_write_bytes, (110, ()), 16, b"x", cap=1)
    alice.refuse(Code.ACCESS_DENIED, alice.xn_create_root, "x", None, 0, cap=1)
    assert alice.xn_read_bytes((110, ()), 0, 4, cap=1) == words(ALICE_ID)
    alice.forge(0, 1, Capability(b"A", WRITE))
    alice.xn_write_bytes((110, ()), 16, b"x", cap=1)
    alice.refuse(Code.NO_SUCH_CAPABILITY, alice.xn_write_bytes, (110, ()), 16, b"x", cap=2)


def test_a_capability_is_not_forged(bench: Bench, root: User) -> None:
    bob = bench.login(BOB)
    for name in (b"A", b"", b"AB", b"\0", b"B\0" * 4):
        bob.refuse(Code.BAD_NAME if len(name) > 7 else Code.NOT_DOMINATED, bob.forge, 0, 1, Capability(name))
    bob.forge(0, 1, Capability(b"B\0\0\0\1"))  # more of a name is less
    bob.refuse(Code.ACCESS_DENIED, bob.xn_write_bytes, (110, ()), 16, b"x", cap=1)


def test_a_name_that_continues_is_another_credential(bench: Bench, root: User) -> None:
    long = bench.login(Capability(b"A\0\0\0\1"))
    long.xn_write_bytes((110, ()), 16, b"same user, other group")
    other = bench.login(Capability(b"AB"))
    other.refuse(Code.ACCESS_DENIED, other.xn_write_bytes, (110, ()), 16, b"x")


def test_a_root_without_acl_is_guarded_by_the_capability_that_made_it(bench: Bench, root: User) -> None:
    kinds = root.install("union")
    alice, bob = bench.login(ALICE), bench.login(BOB)
    alice.create("x", 300, kinds["xor_block"])
    bob.refuse(Code.ACCESS_DENIED, bob.xn_write_bytes, (300, (2,)), 0, b"x")
    bob.refuse(Code.ACCESS_DENIED, bob.xn_view, 300)
    bob.refuse(Code.ACCESS_DENIED, bob.xn_delete_root, "x")
    alice.xn_write_bytes((300, (2,)), 0, b"x")
    root.xn_write_bytes((300, (2,)), 0, b"y")
    alice.create("d", 310, DATA)
    bob.refuse(Code.ACCESS_DENIED, bob.xn_view, 310)


def test_a_stranger_gives_no_page_to_a_new_block(bench: Bench, root: User) -> None:
    alice, bob = bench.login(ALICE), bench.login(BOB)
    alice.xn_call((110, ()), "set_data", (0, 300))
    alice.xn_call((110, ()), "set_kid", (0, 301))
    for block in (300, 301):
        bob.refuse(Code.ACCESS_DENIED, bob.xn_attach, block, bob.page())
    bob.refuse(Code.ACCESS_DENIED, bob.xn_attach, 300, bob.page(), contents=True)
    bob.write(300, 301)  # anybody may: zeros
    alice.attach(301)
    alice.attach(300)
    alice.xn_view(300, write=True)[:] = b"a" * 4096


def test_a_part_with_an_acl_is_asked_from_wherever_it_is_reached(bench: Bench, root: User) -> None:
    kinds = root.install("union")
    alice, bob = bench.login(ALICE), bench.login(BOB)
    root.create("s", 300, kinds["shelf"])
    root.xn_modify((300, ()), None, [(0, words(ALICE_ID))])
    alice.xn_set_type((300, (0,)), [(0, words(1, BOB_ID))], kinds["shelf_pointers"])
    denied = Code.ACCESS_DENIED
    bob.refuse(denied, bob.xn_modify, (300, ()), None, [(0, words(BOB_ID))])
    for place, at in (((300, (0, 0)), 4), ((300, (0,)), 4), ((300, ()), 516)):
        alice.refuse(denied, alice.xn_modify, place, None, [(at, words(ALICE_ID))])
    alice.refuse(denied, alice.xn_call, (300, (0, 0)), "set", (0, 400))
    bob.xn_call((300, (0, 0)), "set", (0, 400))
    bob.fill(400, b"bob's")
    alice.refuse(denied, alice.xn_view, 400)
    alice.refuse(denied, alice.xn_free, (300, (0, 0)), 0, [(8, words(0))], Owned(400, 1, DATA))
    alice.refuse(Code.OWNS_CHANGED, alice.xn_clear_type, (300, (0,)), [(0, words(0))])
    bob.xn_call((300, (0, 0)), "clear", (0,))
    alice.xn_clear_type((300, (0,)), [(0, words(0))])  # empty it is the shelf's again


def test_a_pointer_does_not_move_from_object_to_object(bench: Bench, root: User) -> None:
    kinds = root.install("union")
    root.create("s", 300, kinds["shelf"], write=False)
    for box in (0, 1):
        root.xn_set_type((300, (box,)), [(0, words(1))], kinds["shelf_pointers"])
    root.xn_call((300, (0, 0)), "set", (0, 400))
    moves = [(520, words(0)), (1032, words(400))]
    root.refuse(Code.OWNS_CHANGED, root.xn_modify, (300, ()), None, moves)
    root.xn_swap((300, (0, 0)), 0, [(8, words(0))], (300, (1, 0)), 0, [(8, words(400))])
    assert root.xn_entry(400).parent == (300, (1, 0))


def test_an_old_view_is_of_dead_memory(bench: Bench, root: User) -> None:
    alice, bob = bench.login(ALICE), bench.login(BOB)
    page = bob.page()
    old = bob.page_bind(page, write=True)
    alice.xn_call((110, ()), "set_data", (0, 300))
    alice.fill(300, b"secret")
    spy = alice.xn_view(300)
    alice.write(300)
    alice.xn_call((110, ()), "clear_data", (0,))
    for _ in range(3):
        fresh = bob.page()
        view = bob.page_bind(fresh, write=True)
        view[:5] = b"bob's"
    assert bytes(spy[:5]) != b"bob's"
    bob.xn_allocate_unattached(401, DATA)
    bob.xn_attach(401, page)
    old[:4] = b"evil"
    assert bytes(bob.xn_view(401)[:4]) == bytes(4)
