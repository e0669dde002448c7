"""Software regions: protection smaller than a page, and no way to their bytes but the calls."""

from __future__ import annotations

import random

from tests.xok.world import World, refused
from vm.machine.memory import PAGE
from vm.xok.account import Resource
from vm.xok.capability import MODIFY, WRITE, Capability
from vm.xok.pages import PageState
from vm.xok.refusal import Code


def test_two_regions_of_a_page_have_two_guards() -> None:
    world = World()
    first = world.alice.region_create(world.page, 0, 10)
    second = world.alice.region_create(world.page, 10, 10, (Capability(b"a"), Capability(b"b", WRITE)))
    world.bob.region_write(second, 0, b"0123456789")
    assert refused(lambda: world.bob.region_write(first, 0, b"x")) is Code.ACCESS_DENIED
    assert refused(lambda: world.bob.region_write(second, 1, b"0123456789")) is Code.OUT_OF_RANGE
    assert refused(lambda: world.bob.region_free(second)) is Code.ACCESS_DENIED
    assert world.alice.region_read(first, 0, 10) == bytes(10)
    assert world.alice.region_read(second, 3, 2) == b"34"


def test_views_of_the_page_end_with_its_first_region() -> None:
    world = World()
    view = world.alice.page_bind(world.page, True)
    view[:4] = b"left"
    region = world.alice.region_create(world.page, 0, 4)
    assert world.alice.region_read(region, 0, 4) == bytes(4)
    view[:4] = b"evil"
    assert world.alice.region_read(region, 0, 4) == bytes(4)
    for code in (
        refused(lambda: world.alice.page_bind(world.page)),
        refused(lambda: world.alice.page_free(world.page)),
        refused(lambda: world.alice.page_return([world.page])),
        refused(lambda: world.alice.repossession_set(world.page, 1)),
    ):
        assert code is Code.PAGE_PINNED


def test_the_page_is_ordinary_again_after_the_last_and_nothing_is_left_in_it() -> None:
    world = World()
    regions = [world.alice.region_create(world.page, offset, 8) for offset in (0, 8, 4088)]
    for region in regions:
        world.alice.region_write(region, 0, b"x" * 8)
        world.alice.region_free(region)
    assert world.alice.page_info(world.page).state is PageState.OWNED
    assert bytes(world.alice.page_bind(world.page)) == bytes(PAGE)


def test_edges() -> None:
    world = World()
    for offset, length in ((-1, 4), (0, 0), (0, PAGE + 1), (PAGE, 1), (4000, 97), (0, -1)):
        code = refused(lambda o=offset, n=length: world.alice.region_create(world.page, o, n))
        assert code is Code.OUT_OF_RANGE
    region = world.alice.region_create(world.page, 0, PAGE)
    world.alice.region_write(region, 0, b"w" * PAGE)
    assert world.alice.region_read(region, 0, PAGE) == b"w" * PAGE
    assert world.alice.region_read(region, PAGE, 0) == b""


def test_copying_takes_time_by_the_byte() -> None:
    world = World()
    region = world.alice.region_create(world.page, 0, PAGE)
    times = []
    for count in (0, 1024, 2048):
        begin = world.alice.now
        world.alice.region_read(region, 0, count)
        times.append(world.alice.now - begin)
    assert times[2] - times[1] == times[1] - times[0] > 1000


def test_who_may_modify_may_free() -> None:
    world = World()
    world.alice.region_acl_set(world.region, 1, Capability(b"b", MODIFY))
    world.bob.region_free(world.region)
    assert world.environment(world.alice).account.used[Resource.REGIONS] == 0
    assert refused(lambda: world.alice.region_read(world.region, 0, 1)) is Code.NO_SUCH_REGION


def test_regions_never_overlap_and_never_leak() -> None:
    world = World()
    draw = random.Random(9)
    live: dict[int, tuple[int, int, int]] = {}
    for step in range(1500):
        if draw.random() < 0.6:
            start, length = draw.randrange(64), draw.randrange(1, 20)
            piece = (start, length, step % 255 + 1)
            code = refused(
                lambda p=piece: live.update({world.alice.region_create(world.page, p[0], p[1]): p})
            )
            if code is None:
                region = next(reversed(live))
                assert world.alice.region_read(region, 0, length) == bytes(length)
                world.alice.region_write(region, 0, bytes([live[region][2]]) * length)
            else:
                assert code is Code.OVERLAP
                assert any(start < s + n and s < start + length for s, n, _ in live.values())
        elif live:
            region = draw.choice(list(live))
            world.alice.region_free(region)
            del live[region]
        for region, (_, length, value) in live.items():
            assert world.alice.region_read(region, 0, length) == bytes([value]) * length
