"""Whatever a library makes of its objects, recovery understands: one user cannot close everybody's disk."""

from __future__ import annotations

import pytest

from tests.xn.bench import Bench, User, words
from vm.xn.owned import DATA, Owned
from vm.xok.refusal import Code


@pytest.fixture
def root(bench: Bench) -> User:
    root = bench.login()
    root.create("r", 100, root.install("zoo")["zoo_node"])
    return root


def check_crash(bench: Bench) -> None:
    """Assert that a crash now leaves nothing that cannot be trusted."""
    bench.check_disk()
    after = bench.crash("always")
    assert not after.session.recovery.findings
    assert not after.state.closed


@pytest.mark.parametrize(
    "name", ["odd_unit", "odd_shelf", "odd_long", "odd_greedy", "odd_teller", "odd_tested"]
)
def test_zeros_of_any_type(bench: Bench, root: User, name: str) -> None:
    root.create("odd", 300, root.install("odd")[name])
    check_crash(bench)


def test_an_object_that_counts_in_other_blocks_owns_none(bench: Bench, root: User) -> None:
    root.create("odd", 300, root.install("odd")["odd_unit"], write=False)
    place, block = (300, ()), Owned(400, 1, DATA)
    root.xn_modify(place, None, [(0, words(512))])
    root.refuse(Code.UNIT, root.xn_call, place, "set", (0, 400))
    root.refuse(Code.UNIT, root.xn_allocate, place, 0, [(4, words(400))], block)
    root.refuse(Code.UNIT, root.xn_modify, place, None, [(4, words(400))])
    root.write(300)
    check_crash(bench)


def test_a_unit_does_not_change_under_what_is_owned(bench: Bench, root: User) -> None:
    root.create("odd", 300, root.install("odd")["odd_unit"], write=False)
    place = (300, ())
    root.xn_modify(place, None, [(0, words(4096))])
    root.xn_call(place, "set", (0, 400))
    root.refuse(Code.UNIT, root.xn_modify, place, None, [(0, words(512))])
    root.refuse(Code.UNIT, root.xn_modify, place, [0], [(0, words(512))])
    root.write(400)
    root.write(300)
    check_crash(bench)
    root.xn_call(place, "set", (3, 401))


def test_a_part_with_arguments_that_it_does_not_take_owns_nothing(bench: Bench, root: User) -> None:
    root.create("odd", 300, root.install("odd")["odd_shelf"], write=False)
    root.refuse(Code.BAD_ARGUMENTS, root.xn_read_bytes, (300, (0,)), 0, 4)
    root.refuse(Code.BAD_ARGUMENTS, root.xn_allocate, (300, (0,)), 0, [(0, words(400))], Owned(400, 1, DATA))
    root.xn_modify((300, ()), None, [(512, words(100))])  # nobody's bytes now
    root.refuse(Code.OWNS_CHANGED, root.xn_modify, (300, ()), None, [(0, words(3))])
    root.xn_modify((300, ()), None, [(512, words(0)), (0, words(3))])
    root.xn_allocate((300, (0,)), 0, [(0, words(400))], Owned(400, 1, DATA))
    root.refuse(Code.OWNS_CHANGED, root.xn_modify, (300, ()), None, [(0, words(9))])
    root.write(400)
    root.write(300)
    check_crash(bench)


def test_an_object_with_many_partitions_is_not_made(bench: Bench, root: User) -> None:
    many = root.install("odd")["odd_many"]
    for count in (1 << 40, (1 << 64) - 1, 4097):
        root.refuse(Code.BAD_ARGUMENTS, root.xn_allocate_unattached, 300, many, (count,))
        root.refuse(Code.BAD_ARGUMENTS, root.xn_create_root, "odd", 300, many, (count,))
    root.xn_create_root("odd", 300, many, (4096,))
    root.write(300)
    check_crash(bench)


def test_an_object_that_owns_the_whole_disk(bench: Bench, root: User) -> None:
    root.create("odd", 20, root.install("odd")["odd_greedy"], write=False)
    free = bench.state.free_map
    start = 200
    count = next(block for block in range(start, len(free)) if not free.is_free(block)) - start
    root.xn_allocate((20, ()), 0, [(0, words(start, count))], Owned(start, count, DATA))
    blocks = list(range(start, start + count))
    root.write(*blocks)
    root.write(20)
    check_crash(bench)
    root.xn_free((20, ()), 0, [(0, words(start, 0))], Owned(start, count, DATA))
    root.write(20)
    check_crash(bench)


def test_raw_bytes_end_where_the_block_does(bench: Bench, root: User) -> None:
    root.create("odd", 300, root.install("odd")["odd_long"])
    root.xn_write_bytes((300, ()), 4090, bytes(6))
    root.refuse(Code.OUT_OF_RANGE, root.xn_write_bytes, (300, ()), 4090, bytes(7))
    root.refuse(Code.OUT_OF_RANGE, root.xn_read_bytes, (300, ()), 4096, 1)
    check_crash(bench)
