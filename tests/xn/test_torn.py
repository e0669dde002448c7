"""What a crash tears apart: a block is eight sectors, and any of them may be old.

Each attack makes two versions of a block, both harmless, of which a mixture owns the victim's block.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import product

import pytest

from tests.xn.bench import Bench, User, words
from vm.xn.limits import BLOCK, SECTOR
from vm.xn.owned import DATA, Owned
from vm.xok.refusal import Code

MakeBench = Callable[..., Bench]
VICTIM = 500


def list_mixtures(old: bytes, new: bytes) -> Iterator[bytes]:
    """Yield every block that a torn write may leave."""
    places = range(0, BLOCK, SECTOR)
    choices = [{old[at : at + SECTOR]: None, new[at : at + SECTOR]: None} for at in places]
    for parts in product(*choices):
        yield b"".join(parts)


def check_mixtures(bench: Bench, block: int) -> None:
    """Assert that a crash in the middle of a write of `block` leaves a disk without findings."""
    entry = bench.state.registry.entries[block]
    assert entry.frame is not None
    sector = block * (BLOCK // SECTOR)
    old = bench.store.read(sector, BLOCK // SECTOR)
    for mixed in list_mixtures(old, bytes(entry.frame)):
        changed = {sector + at: mixed[at * SECTOR : (at + 1) * SECTOR] for at in range(BLOCK // SECTOR)}
        after = bench.overlay(changed, "always")
        assert not after.session.recovery.findings


@pytest.fixture
def root(bench: Bench) -> User:
    """Root, a victim's file system with block 500, and types to play with."""
    root = bench.login()
    root.create("victim", 100, root.install("zoo")["zoo_node"])
    root.xn_call((100, ()), "set_data", (0, VICTIM))
    root.fill(VICTIM, b"secret")
    root.write(VICTIM)
    root.write(100)
    return root


def make_least(root: User) -> None:
    """A root in block 300 with one pointer, to 400, in two sectors: the smaller field counts."""
    root.create("wide", 300, root.install("wide")["wide_least"], write=False)
    root.xn_call((300, ()), "set", (400,))
    root.fill(400, b"mine")
    root.write(400)
    root.write(300)


def test_halves_of_a_pointer_are_fixed_once_written(bench: Bench, root: User) -> None:
    make_least(root)
    for place, number in ((0, VICTIM), (512, VICTIM)):
        writes = [(place, words(number))]
        root.refuse(Code.CROSS_SECTOR, root.xn_modify, (300, ()), None, writes)
        root.refuse(Code.CROSS_SECTOR, root.xn_modify, (300, ()), [0], writes)
    check_mixtures(bench, 300)


def test_quiet_methods_do_not_move_halves_of_a_pointer(bench: Bench, root: User) -> None:
    make_least(root)
    root.refuse(Code.CROSS_SECTOR, root.xn_call, (300, ()), "raise_left", (VICTIM,))
    root.refuse(Code.CROSS_SECTOR, root.xn_call, (300, ()), "raise_right", (VICTIM,))
    root.refuse(Code.CROSS_SECTOR, root.xn_call, (300, ()), "lower_left", (VICTIM,))
    check_mixtures(bench, 300)


def test_halves_may_be_set_before_the_first_write(bench: Bench, root: User) -> None:
    root.create("wide", 300, root.install("wide")["wide_halves"], write=False)
    block = 0x10000 - 1 - 65000
    root.xn_allocate((300, ()), 0, [(510, words(block))], Owned(block, 1, DATA))
    root.fill(block, b"mine")
    root.write(block)
    root.write(300)
    root.refuse(Code.CROSS_SECTOR, root.xn_free, (300, ()), 0, [(510, words(0))], Owned(block, 1, DATA))
    two = [(510, words(0)[:2]), (512, words(0)[:2])]
    root.refuse(Code.CROSS_SECTOR, root.xn_free, (300, ()), 0, two, Owned(block, 1, DATA))


def test_a_discriminator_is_fixed_once_written(bench: Bench, root: User) -> None:
    root.create("wide", 300, root.install("wide")["wide_kind"], write=False)
    root.xn_call((300, ()), "be", (1,))
    root.write(300)
    root.refuse(Code.CROSS_SECTOR, root.xn_call, (300, ()), "be", (2,))
    root.refuse(Code.CROSS_SECTOR, root.xn_modify, (300, ()), None, [(0, words(2))])
    root.refuse(Code.METHOD_REFUSED, root.xn_call, (300, ()), "scribble", (VICTIM,))
    check_mixtures(bench, 300)


def test_a_move_between_sectors_is_refused_a_mixture_of_two_changes_is_not(bench: Bench, root: User) -> None:
    root.create("wide", 300, root.install("wide")["wide_two"])
    root.xn_call((300, ()), "set_first", (400,))
    root.fill(400, b"mine")
    root.write(400)
    root.write(300)
    root.refuse(Code.CROSS_SECTOR, root.xn_call, (300, ()), "move")
    writes = [(0, words(0)), (512, words(400))]
    root.refuse(Code.CROSS_SECTOR, root.xn_modify, (300, ()), None, writes)
    root.refuse(Code.CROSS_SECTOR, root.xn_modify, (300, ()), [0, 1], writes)
    root.refuse(Code.BAD_ARGUMENT, root.xn_swap, (300, ()), 0, writes[:1], (300, ()), 1, writes[1:])
    root.xn_free((300, ()), 0, [(0, words(0))], Owned(400, 1, DATA))
    root.refuse(Code.WILL_FREE, root.xn_allocate, (300, ()), 1, [(512, words(400))], Owned(400, 1, DATA))
    root.xn_allocate((300, ()), 1, [(512, words(401))], Owned(401, 1, DATA))
    root.fill(401, b"mine")
    root.write(401)
    check_mixtures(bench, 300)


def test_what_was_torn_while_unattached_is_written_again(bench: Bench, root: User) -> None:
    kind = root.install("wide")["wide_kind"]
    node = root.install("zoo")["zoo_node"]
    root.xn_allocate_unattached(300, node)
    root.attach(300)
    root.write(300)
    assert root.xn_entry(300).initialised
    root.xn_write_bytes((300, ()), 16, b"no rules here")
    assert not root.xn_entry(300).initialised
    root.xn_call((100, ()), "set_kid", (0, 300))
    root.refuse(Code.TAINTED, root.xn_write, [100])
    root.write(300)
    root.write(100)
    bench.check_disk()
    root.xn_allocate_unattached(310, kind)
    root.attach(310)
    root.xn_call((310, ()), "be", (1,))
    root.write(310)
    root.xn_modify((310, ()), None, [(0, words(2))])
    root.xn_call((310, ()), "scribble", (VICTIM,))  # a mixture would own the victim's block
    assert not root.xn_entry(310).initialised


def test_a_block_in_flight_when_it_is_attached_hinders(bench: Bench, root: User) -> None:
    node = root.install("zoo")["zoo_node"]
    root.xn_allocate_unattached(300, node)
    root.attach(300)
    root.write(300)
    root.xn_write_bytes((300, ()), 16, b"second version")
    root.xn_write([300])
    root.xn_call((100, ()), "set_kid", (0, 300))
    root.refuse(Code.TAINTED, root.xn_write, [100])
    bench.idle()
    root.write(100)
    bench.check_disk()


@pytest.mark.parametrize("ordered", [False, True])
def test_every_mixture_of_many_changes_is_harmless(make_bench: MakeBench, ordered: bool) -> None:
    bench = make_bench(ordered=ordered)
    root = bench.login()
    root.create("r", 100, root.install("zoo")["zoo_node"])
    for round_ in range(4):
        for slot in range(0, 112, 28):
            block = 300 + 112 * round_ + slot
            if round_:
                root.xn_call((100, ()), "clear_data", (slot,))
            root.xn_call((100, ()), "set_data", (slot, block))
            root.fill(block, b"x")
            root.write(block)
        kid = 900 + round_
        root.xn_call((100, ()), "set_kid", (round_, kid))
        root.attach(kid)
        root.write(kid)
        check_mixtures(bench, 100)
        root.write(100)
        bench.check_disk()
