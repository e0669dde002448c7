"""The three test programs of the released XN, on ours.

Source: ORIGINALS.md 3.5 (bin/udf/test.c: file_test, rules_test; dependency.c: main).
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable

import pytest

from tests.xn.bench import Bench, User, claim, words
from tests.xn.invariants import count_charges
from vm.xn.owned import DATA, Owned
from vm.xok.account import Resource
from vm.xok.refusal import Code

MakeBench = Callable[..., Bench]

INODE, MEMBER = (200, ()), (200, (0,))
META = 1  # the `kind` of an inode that has pointers
KIND_AT, MODIFIED_AT = 88, 4


def make_inode(user: User) -> dict[str, int]:
    """A file system of one inode, as the released XN shipped it: `ffs_example`."""
    types = user.install("ffs_example")
    user.create("ffs", 200, types["ffs_inode"], write=False)
    user.xn_modify(INODE, None, [(KIND_AT, words(META))])
    user.write(200)
    return dict(types)


def test_file_test(bench: Bench) -> None:
    user = bench.login()
    make_inode(user)
    chance = random.Random(3)
    slot, block = chance.randrange(15), 700 + chance.randrange(100)
    # A block is allocated, and the slot is taken.
    user.xn_allocate(MEMBER, slot, [(4 * slot, words(block))], Owned(block, 1, DATA))
    user.refuse(Code.METHOD_REFUSED, user.xn_call, MEMBER, "set_direct", (slot, 900))
    second = Owned(900, 1, DATA)
    user.refuse(Code.OWNS_CHANGED, user.xn_allocate, MEMBER, slot, [(4 * slot, words(900))], second)
    again = Owned(block, 1, DATA)
    user.refuse(Code.OWNS_CHANGED, user.xn_allocate, MEMBER, slot, [(4 * slot, words(block))], again)
    # Its page, once.
    user.refuse(Code.UNINITIALISED, user.xn_read, [block], [user.page()])
    user.refuse(Code.NOT_IN_CORE, user.xn_view, block)
    user.fill(block, b"first")
    user.refuse(Code.IN_CORE, user.xn_attach, block, user.page())
    user.refuse(Code.IN_CORE, user.xn_attach, block, user.page(), contents=True)
    user.refuse(Code.IN_CORE, user.xn_read, [block], [user.page()])
    # Write it, waiting as libraries do.
    user.area.words[5] = 1
    user.xn_write([block], counter=5)
    user.wait(5)
    assert bytes(bench.store.read(8 * block, 1)[:5]) == b"first"
    # Modify, write, drop the page, read it again, compare.
    view = user.xn_view(block, write=True)
    view[:6] = b"second"
    user.xn_set_dirty([block])
    user.refuse(Code.DIRTY, user.xn_release, block)
    user.write(block)
    user.write(200)
    user.xn_release(block, keep=False)
    user.refuse(Code.NOT_BOUND, user.xn_view, block)
    user.refuse(Code.NOT_BOUND, user.xn_write, [block])
    user.xn_bind(block, MEMBER, slot)
    user.refuse(Code.NOT_IN_CORE, user.xn_view, block)
    user.read(block)
    assert bytes(user.xn_view(block)[:6]) == b"second"
    # Past the end, and over a pointer.
    user.refuse(Code.OUT_OF_RANGE, user.xn_read_bytes, INODE, 4090, 7)
    user.refuse(Code.NOT_RAW, user.xn_write_bytes, INODE, 4090, bytes(7))
    user.refuse(Code.OUT_OF_RANGE, user.xn_modify, INODE, None, [(4090, bytes(7))])
    user.xn_write_bytes(INODE, MODIFIED_AT, words(12345))
    assert user.xn_read_bytes(INODE, MODIFIED_AT, 4) == words(12345)
    for place, at in ((INODE, 16 + 4 * slot), (MEMBER, 4 * slot), (INODE, KIND_AT), (INODE, 0)):
        user.refuse(Code.NOT_RAW, user.xn_write_bytes, place, at, words(100))
    # Free it, once.
    user.xn_free(MEMBER, slot, [(4 * slot, words(0))], Owned(block, 1, DATA))
    user.refuse(Code.NOT_BOUND, user.xn_view, block)
    user.refuse(Code.OWNS_CHANGED, user.xn_free, MEMBER, slot, [(4 * slot, words(0))], Owned(block, 1, DATA))
    user.refuse(Code.METHOD_REFUSED, user.xn_call, MEMBER, "clear_direct", (slot,))
    user.refuse(Code.WILL_FREE, user.xn_call, MEMBER, "set_direct", (slot, block))
    user.write(200)
    user.xn_call(MEMBER, "set_direct", (slot, block))


def test_rules_test(bench: Bench) -> None:
    user = bench.login()
    make_inode(user)
    user.xn_call(MEMBER, "set_single", (300,))
    assert user.xn_entry(200).taint == 1
    user.refuse(Code.TAINTED, user.xn_write, [200])
    assert user.xn_may_write(200) is Code.TAINTED
    user.attach(300)
    user.refuse(Code.TAINTED, user.xn_write, [200])
    user.write(300)
    assert user.xn_may_write(200) is None
    user.write(200)
    bench.check_disk()
    user.xn_call(MEMBER, "clear_single")
    user.refuse(Code.WILL_FREE, user.xn_call, MEMBER, "set_single", (300,))
    user.refuse(Code.WILL_FREE, user.xn_call, MEMBER, "set_direct", (0, 300))
    bob = bench.login()
    bob.refuse(Code.WILL_FREE, bob.xn_create_root, "bob", 300, DATA)
    bob.refuse(Code.WILL_FREE, bob.xn_allocate_unattached, 300, DATA)
    assert user.xn_info().will_free == 1
    user.write(200)
    assert user.xn_info().will_free == 0
    user.xn_call(MEMBER, "set_single", (300,))
    # Only what is on the disk waits: a pointer that never was there is forgotten at once.
    user.xn_call(MEMBER, "clear_single")
    user.xn_call(MEMBER, "set_direct", (0, 300))


@pytest.mark.parametrize("write_cache", [False, True])
def test_rules_hold_until_the_write_is_stable(make_bench: MakeBench, write_cache: bool) -> None:
    bench = make_bench(write_cache=write_cache)
    user = bench.login()
    make_inode(user)
    user.xn_call(MEMBER, "set_direct", (0, 300))
    user.fill(300, b"x")
    user.xn_write([300])
    user.refuse(Code.TAINTED, user.xn_write, [200])
    bench.idle()
    if write_cache:
        user.refuse(Code.TAINTED, user.xn_write, [200])
        user.xn_flush()
        bench.idle()
    user.write(200)
    user.xn_call(MEMBER, "clear_direct", (0,))
    user.xn_write([200])
    user.refuse(Code.WILL_FREE, user.xn_call, MEMBER, "set_direct", (1, 300))
    bench.idle()
    if write_cache:
        user.refuse(Code.WILL_FREE, user.xn_call, MEMBER, "set_direct", (1, 300))
        user.area.words[7] = 1
        user.xn_flush(counter=7)
        user.wait(7)
    user.xn_call(MEMBER, "set_direct", (1, 300))


# ---- dependencies

N = 20
FIRST = 300


@pytest.fixture
def chain(bench: Bench) -> User:
    """A user with N dirty data blocks, 300 ... 319, that the disk points to."""
    user = bench.login()
    user.create("r", 100, user.install("zoo")["zoo_node"])
    claim(user, 100, 1)
    blocks = range(FIRST, FIRST + N)
    for slot, block in enumerate(blocks):
        user.xn_call((100, ()), "set_data", (slot, block))
        user.fill(block, b"x")
    user.write(*blocks)
    user.write(100)
    for block in blocks:
        user.xn_view(block, write=True)[:1] = b"y"
    user.xn_set_dirty(list(blocks))
    return user


def count_edges(user: User) -> int:
    used: int = user.environment.account.used[Resource.DEPENDENCIES]
    return used


def test_a_chain_and_all_its_back_edges(bench: Bench, chain: User) -> None:
    blocks = range(FIRST, FIRST + N)
    before = Counter(count_charges(bench.state)[chain.id])
    for block in blocks[:-1]:
        chain.xn_depend(block, block + 1)
    for first in blocks:
        for then in blocks:
            if first >= then:
                chain.refuse(Code.CYCLE, chain.xn_depend, first, then)
    assert count_edges(chain) == N - 1
    for block in reversed(blocks[1:]):
        chain.refuse(Code.DEPENDENCY, chain.xn_write, [block])
        chain.refuse(Code.DEPENDENCY, chain.xn_write, [block - 1, block])
    for number, block in enumerate(blocks):
        assert chain.xn_may_write(block) is None
        chain.write(block)
        assert count_edges(chain) == max(0, N - 2 - number)
    assert count_charges(bench.state)[chain.id] == before


def test_many_before_one(bench: Bench, chain: User) -> None:
    last = FIRST + N - 1
    for block in range(FIRST, last):
        chain.xn_depend(block, last)
    for block in range(FIRST, last):
        chain.refuse(Code.DEPENDENCY, chain.xn_write, [last])
        chain.write(block)
    chain.write(last)
    assert count_edges(chain) == 0


def test_one_before_many(bench: Bench, chain: User) -> None:
    blocks = range(FIRST + 1, FIRST + N)
    for block in blocks:
        chain.xn_depend(FIRST, block)
        chain.refuse(Code.DEPENDENCY, chain.xn_write, [block])
    chain.write(FIRST)
    assert count_edges(chain) == 0
    chain.write(*blocks)


def test_a_dependency_is_on_a_version(bench: Bench, chain: User) -> None:
    chain.xn_write([FIRST])
    chain.xn_view(FIRST, write=True)[:1] = b"z"
    chain.xn_set_dirty([FIRST])
    chain.xn_depend(FIRST, FIRST + 1)
    bench.idle()  # the version before
    chain.refuse(Code.DEPENDENCY, chain.xn_write, [FIRST + 1])
    chain.write(FIRST)
    chain.write(FIRST + 1)
    chain.xn_depend(FIRST, FIRST + 1)  # stable already: nothing to wait for
    assert count_edges(chain) == 0


def test_taint_is_counted_at_each_level(bench: Bench, chain: User) -> None:
    for depth, block in enumerate(range(400, 405)):
        owner = 100 if not depth else block - 1
        chain.xn_call((owner, ()), "set_kid", (0, block))
        chain.attach(block)
    for slot in range(3):
        chain.xn_call((404, ()), "set_data", (slot, 500 + slot))
    assert [chain.xn_entry(block).taint for block in (100, 400, 403, 404, 500)] == [1, 1, 1, 3, 0]
    for slot in range(3):
        chain.write(500 + slot)
        assert chain.xn_entry(404).taint == 2 - slot
    for block in range(404, 399, -1):
        assert chain.xn_may_write(block - 1 if block > 400 else 100) is Code.TAINTED
        chain.write(block)
    assert chain.xn_entry(100).taint == 0
    chain.write(100)
    bench.check_disk()


def test_what_leaves_the_registry_is_waited_for_no_more(bench: Bench, chain: User) -> None:
    chain.xn_depend(FIRST, FIRST + 1)
    chain.xn_depend(FIRST + 1, FIRST + 2)
    chain.xn_call((100, ()), "clear_data", (0,))
    chain.write(FIRST + 1)
    chain.xn_call((100, ()), "clear_data", (2,))
    assert count_edges(chain) == 0


def test_a_search_for_circles_has_an_end(make_bench: MakeBench) -> None:
    bench = make_bench(pages=2048)
    bench.checks = False
    user = bench.login()
    user.create("r", 100, user.install("zoo")["zoo_node"])
    blocks = list(range(300, 500))
    user.xn_call((100, ()), "set_kid", (0, 200))
    user.attach(200)
    for number, block in enumerate(blocks):
        owner, slot = (100, number) if number < 100 else (200, number - 100)
        user.xn_call((owner, ()), "set_data", (slot, block))
        user.fill(block, b"x")
    for block in blocks[:127]:
        user.xn_depend(block, block + 1)
    for block in blocks[128:199]:
        user.xn_depend(block, block + 1)
    user.xn_depend(blocks[127], blocks[128])
    user.refuse(Code.QUOTA, user.xn_depend, blocks[199], 100)
    user.refuse(Code.QUOTA, user.xn_depend, blocks[199], blocks[0])
    bench.checks = True
    bench.check()


def test_nothing_leaks(bench: Bench) -> None:
    user = bench.login()
    make_inode(user)
    user.create("l", 210, user.install("list")["list_node"])
    before, free = list(user.environment.account.used), bench.state.free_map.free
    for _ in range(3):
        user.xn_call(MEMBER, "set_single", (300,))
        user.attach(300)
        for slot in range(10):
            user.xn_call((300, ()), "set", (slot, 301 + slot))
        user.write(*range(301, 311))
        user.xn_depend(210, 300)
        user.write(300)
        user.write(200)
        user.xn_lock(300)
        user.xn_call((210, ()), "append", (320,))
        user.attach(320)
        user.write(320)
        user.write(210)
        for slot in range(10):
            user.xn_call((300, ()), "clear", (slot,))
        user.xn_call(MEMBER, "clear_single")
        user.xn_call((210, ()), "cut")
        user.write(200, 210)
    assert user.environment.account.used == before
    assert bench.state.free_map.free == free
