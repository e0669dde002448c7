"""Reboots: after crashes made by hand, and on disks that somebody has damaged, or written to hurt us."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from tests.xn.bench import Bench, User, words
from vm.machine.store import MemoryStore
from vm.xn.layout import RootEntry, Super, pack_root, pack_super, unpack_super
from vm.xn.owned import DATA
from vm.xok.refusal import Code, Refusal

MakeBench = Callable[..., Bench]
SECTORS = 8  # of a block
NODES = (100, 101, 102)


def make_disk(make_bench: MakeBench, ordered: bool = False, clean: bool = False) -> Bench:
    """Root `r`: 100 -> 101 -> 102, each with two data blocks, 200 to 205; root `s`: 110 -> data 210."""
    bench = make_bench(blocks=512, ordered=ordered)
    user = bench.login()
    node = user.install("zoo")["zoo_node"]
    user.create("r", 100, node, write=False)
    for owner in (100, 101):
        user.xn_call((owner, ()), "set_kid", (0, owner + 1))
        user.attach(owner + 1)
    user.create("s", 110, node, write=False)
    for owner, slot, block in (
        *((owner, slot, 200 + 2 * (owner - 100) + slot) for owner in NODES for slot in (0, 1)),
        (110, 0, 210),
    ):
        user.xn_call((owner, ()), "set_data", (slot, block))
        user.fill(block, f"data {block}".encode())
        user.write(block)
    for block in (102, 101, 100, 110):
        user.write(block)
    if clean:
        user.xn_shutdown()
    return bench


def patch(bench: Bench, block: int, at: int, data: bytes) -> dict[int, bytes]:
    """Return the sector of a block with some of its bytes changed."""
    sector = SECTORS * block + at // 512
    old = bytearray(bench.store.read(sector, 1))
    old[at % 512 : at % 512 + len(data)] = data
    return {sector: bytes(old)}


def patch_super(bench: Bench, **changes: object) -> dict[int, bytes]:
    """Return the super block with some fields changed, and a check sum that is right."""
    old = unpack_super(bench.store.read(SECTORS, 1), 512)
    assert old is not None
    fields = {name: getattr(old, name) for name in ("blocks", "clean", "ordered", "walk", "map_crc")}
    return {SECTORS: pack_super(Super(**{**fields, **changes}))}


def use_everything(bench: Bench) -> None:
    """Open, bind, read, allocate and free whatever can be: nothing but refusals comes out."""
    user = bench.login()
    bench.checks = False
    for info in user.xn_roots():
        _try(user, user.xn_open_root, info.name)
        _try(user, user.read, info.block)
    for owner in (*NODES, 110, 120):
        for partition in (0, 1, 112, 240):
            for block in (*NODES, 110, *range(200, 212), 300):
                _try(user, user.xn_bind, block, (owner, ()), partition)
        for block in (*NODES, *range(200, 212)):
            _try(user, user.read, block)
        for slot in (0, 1, 2):
            _try(user, user.xn_call, (owner, ()), "clear_data", (slot,))
            _try(user, user.xn_call, (owner, ()), "clear_kid", (slot,))
            _try(user, user.xn_call, (owner, ()), "set_data", (slot, 300 + slot))
        _try(user, user.write, owner)
    quarantined = set(user.xn_info().quarantined)
    for _ in range(600):
        found = _try(user, user.xn_find_free, 0)
        if found is None:
            break
        assert found not in quarantined
        if _try(user, user.xn_allocate_unattached, found, DATA) is Code:
            break
    for block in quarantined:
        entry = user.xn_entry(block) if 0 <= block < 1 << 32 else None
        assert entry is None or entry.type is None, f"block {block}: quarantined, and bound"
    _try(user, user.xn_install, "more", bench.forms.load("list"))
    for info in user.xn_roots():
        _try(user, user.xn_delete_root, info.name)
    _try(user, user.xn_shutdown)
    bench.destroy(user)
    bench.idle()


def _try(user: User, call: Callable[..., object], *arguments: object) -> object:
    try:
        return call(*arguments)
    except Refusal:
        return None


# ---- crashes


def test_what_no_root_leads_to_is_free_again(make_bench: MakeBench) -> None:
    bench = make_disk(make_bench)
    free = bench.crash().state.free_map.free
    user = bench.login()
    node = user.install("zoo")["zoo_node"]
    user.xn_call((100, ()), "set_data", (5, 300))
    user.write(300)
    user.xn_allocate_unattached(301, node)
    user.write(301)
    user.create("t", 302, node, temporary=True)
    user.xn_create_root("u", 303, node)
    user.xn_call((100, ()), "set_kid", (5, 304))
    user.write(304)
    after = bench.crash()
    assert after.session.recovery.walked
    assert after.state.free_map.free == free
    assert sorted(after.state.roots) == ["r", "s"]


def test_a_root_is_in_the_catalogue_when_it_has_been_written(make_bench: MakeBench) -> None:
    bench = make_disk(make_bench)
    user = bench.login()
    user.xn_create_root("u", 303, user.install("zoo")["zoo_node"])
    assert "u" not in bench.crash().state.roots
    user.write(303)
    assert "u" in bench.crash().state.roots
    user.xn_delete_root("u")
    assert "u" not in bench.crash().state.roots


def test_freed_on_paper_is_owned_after_a_crash(make_bench: MakeBench) -> None:
    bench = make_disk(make_bench)
    user = bench.login()
    user.xn_call((102, ()), "clear_data", (0,))
    after = bench.crash()
    assert not after.state.free_map.is_free(204)
    user.write(102)
    assert bench.crash().state.free_map.is_free(204)


@pytest.mark.parametrize("ordered", [False, True])
def test_a_clean_disk_is_believed(make_bench: MakeBench, ordered: bool) -> None:
    bench = make_disk(make_bench, ordered, clean=True)
    after = bench.crash()
    assert not after.session.recovery.walked
    assert bytes(after.state.free_map.view) == bytes(bench.crash("always").state.free_map.view)


def test_what_hangs_from_no_root_at_a_shutdown_is_free_at_the_next_boot(make_bench: MakeBench) -> None:
    bench = make_disk(make_bench)
    free = bench.state.free_map.free
    user = bench.login()
    node = user.install("zoo")["zoo_node"]
    user.create("t", 302, node, temporary=True)
    user.xn_allocate_unattached(301, node)
    user.write(301)
    user.xn_shutdown()
    after = bench.crash()
    assert after.session.recovery.walked
    assert after.state.free_map.free == free


def test_a_damaged_map_of_a_clean_disk_is_made_again(make_bench: MakeBench) -> None:
    bench = make_disk(make_bench, clean=True)
    after = bench.overlay(patch(bench, 2, 200 // 8, b"\xff"))
    assert after.session.recovery.walked
    assert after.session.recovery.mended
    assert not after.state.closed
    assert not after.state.free_map.is_free(200)


# ---- damage


DAMAGE = {
    "owned twice": (102, 64, words(210)),
    "owned twice by one": (102, 64, words(205)),
    "a circle": (102, 512, words(100)),
    "itself": (102, 512, words(102)),
    "outside": (102, 64, words(0xFFFFFFFF)),
    "the last block but one too far": (102, 64, words(512)),
    "the super block": (102, 64, words(1)),
    "the free map": (102, 512, words(2)),
    "a run that ends outside": (102, 1024, words(500, 100)),
    "a run over all": (102, 1024, words(12, 0xFFFFFFFF)),
    "data as a node": (102, 512, words(210)),
}


@pytest.mark.parametrize("ordered", [False, True])
@pytest.mark.parametrize("name", DAMAGE)
def test_a_damaged_object_is_quarantined(make_bench: MakeBench, name: str, ordered: bool) -> None:
    bench = make_disk(make_bench, ordered)
    changed = patch(bench, *DAMAGE[name])
    after = bench.overlay(changed, "always")
    recovery = after.session.recovery
    assert recovery.findings
    assert recovery.quarantined
    assert after.state.closed is not ordered
    user = after.login()
    if ordered:
        assert user.xn_find_free(300) >= 300
    else:
        user.refuse(Code.NONE_FREE, user.xn_find_free, 0)
        user.refuse(Code.CLOSED_SUBTREE, user.xn_allocate_unattached, 300, DATA)
        user.refuse(Code.CLOSED_SUBTREE, user.xn_create_root, "new", 300, DATA)
        user.refuse(Code.CLOSED_SUBTREE, user.xn_install, "more", bench.forms.load("list"))
    use_everything(after)


def test_quarantine_outlives_a_shutdown(make_bench: MakeBench) -> None:
    for ordered in (False, True):
        bench = make_disk(make_bench, ordered, clean=True)
        after = bench.overlay(patch(bench, *DAMAGE["outside"]), "always")
        user = after.login()
        assert 102 in user.xn_info().quarantined
        user.open("s")
        user.xn_write_bytes((110, ()), 16, b"a write")
        user.write(110)
        user.xn_shutdown()
        again = after.crash()
        assert again.session.recovery.findings
        assert 102 in again.state.quarantined


def test_a_subtree_below_what_is_quarantined_is_nobodys(make_bench: MakeBench) -> None:
    bench = make_disk(make_bench, ordered=True)
    after = bench.overlay(patch(bench, 101, 64, words(0xFFFFFFFF)), "always")
    user = after.login()
    user.open("r")
    user.refuse(Code.CLOSED_SUBTREE, user.xn_bind, 101, (100, ()), 112)
    user.refuse(Code.CLOSED_SUBTREE, user.xn_raw_insert, 101)
    user.refuse(Code.NOT_IN_CORE, user.xn_call, (100, ()), "clear_kid", (0,))
    for block in (101, 102, 203, 204):
        user.refuse(Code.NOT_FREE, user.xn_allocate_unattached, block, DATA)


# ---- hostile catalogues


def test_types_that_are_damaged_close_the_disk(make_bench: MakeBench) -> None:
    for ordered in (False, True):
        bench = make_disk(make_bench, ordered)
        form = bench.state.type_runs[0][0]
        after = bench.overlay(patch(bench, form, 20, b"\xff\xff"))
        assert after.session.recovery.findings
        assert after.state.closed is not ordered
        user = after.login()
        user.refuse(Code.CLOSED_SUBTREE, user.xn_open_root, "r")
        if ordered:
            kinds = user.install("list")  # under another number: 256 belongs to what is on the disk
            assert min(kinds.values()) >= 512
        use_everything(after)


def test_a_damaged_entry_of_a_catalogue_is_not_overwritten(make_bench: MakeBench) -> None:
    bench = make_disk(make_bench, ordered=True)
    roots = bench.state.super.roots_at
    after = bench.overlay(patch(bench, roots, 10, b"damage"))
    assert after.session.recovery.findings
    user = after.login()
    raw = after.store.read(SECTORS * roots, 1)[:256]
    user.create("new", 300, user.install("zoo")["zoo_node"])
    user.create("newer", 301, user.install("zoo")["zoo_node"])
    user.xn_delete_root("new")
    assert after.store.read(SECTORS * roots, 1)[:256] == raw
    assert after.crash().session.recovery.findings


ROOTS = {
    "a block outside": RootEntry("x", b"", 1 << 40, 256, ()),
    "the super block": RootEntry("x", b"", 1, 256, ()),
    "the types": RootEntry("x", b"", -1, 256, ()),
    "another root's block": RootEntry("x", b"", 100, 256, ()),
    "another root's data": RootEntry("x", b"", 200, 256, ()),
    "no type": RootEntry("x", b"", 300, 12345, ()),
    "arguments": RootEntry("x", b"", 300, 256, (1, 2)),
    "data with arguments": RootEntry("x", b"", 300, 0, (1,)),
    "the name of another": RootEntry("r", b"", 300, 256, ()),
}


@pytest.mark.parametrize("clean", [False, True])
@pytest.mark.parametrize("name", ROOTS)
def test_a_hostile_root(make_bench: MakeBench, name: str, clean: bool) -> None:
    bench = make_disk(make_bench, clean=clean)
    entry = ROOTS[name]
    if entry.block < 0:
        entry = RootEntry("x", b"", bench.state.type_runs[0][0], 256, ())
    after = bench.overlay(patch(bench, bench.state.super.roots_at, 1024, pack_root(entry)))
    if not clean or name != "another root's data":  # that, only a walk could see
        assert after.session.recovery.findings
    use_everything(after)


def test_a_super_block_that_lies(make_bench: MakeBench) -> None:
    bench = make_disk(make_bench)
    for changes in ({"blocks": 1 << 40}, {"blocks": 513}, {"blocks": 3}, {"blocks": 0}):
        with pytest.raises(Refusal, match="BAD_DISK"):
            bench.overlay(patch_super(bench, **changes))
    for changes in ({"clean": True}, {"ordered": True}, {"blocks": 300}, {"clean": True, "walk": True}):
        use_everything(bench.overlay(patch_super(bench, **changes)))


def test_a_clean_disk_that_lies_does_not_end_the_kernel(make_bench: MakeBench) -> None:
    bench = make_disk(make_bench, clean=True)
    for name, place in DAMAGE.items():
        after = bench.overlay(patch(bench, *place))
        assert not after.session.recovery.walked, name
        use_everything(after)


def test_a_disk_that_is_none(make_bench: MakeBench) -> None:
    chance = random.Random(1)
    for data in (b"", bytes(512), bytes(4096 * 40), chance.randbytes(4096 * 40)):
        if not data:
            continue
        with pytest.raises(Refusal, match="BAD_DISK"):
            make_bench(store=MemoryStore(data))


def test_a_disk_that_was_cut_off(make_bench: MakeBench) -> None:
    bench = make_disk(make_bench)
    data = bench.store.read(0, bench.store.sectors)
    for blocks in (1, 2, 11, 100, 511):
        with pytest.raises(Refusal, match="BAD_DISK"):
            make_bench(store=MemoryStore(data[: 4096 * blocks]))


@pytest.mark.parametrize("seed", range(40))
def test_random_damage(make_bench: MakeBench, seed: int) -> None:
    chance = random.Random(seed)
    bench = make_disk(make_bench, ordered=seed % 2 == 1, clean=seed % 3 == 0)
    layout = bench.state.super
    places = [1, 2, layout.roots_at, layout.types_at, bench.state.type_runs[0][0], *NODES, 110]
    changed: dict[int, bytes] = {}
    for _ in range(chance.randint(1, 4)):
        block = chance.choice(places)
        at = chance.choice([0, 8, 64, 80, 128, 256, 512, chance.randrange(4000)])
        data = chance.choice(
            [chance.randbytes(chance.randint(1, 60)), words(chance.randrange(520)), b"\xff" * 8]
        )
        changed |= patch(bench, block, at, data[: 512 - at % 512])
    try:
        after = bench.overlay(changed, chance.choice(["auto", "always"]))
    except Refusal as refusal:
        if refusal.code is not Code.BAD_DISK:
            raise
        return
    use_everything(after)
    again = after.crash()
    use_everything(again)
