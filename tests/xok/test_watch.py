"""Predicates on pages: woken by what others write there; the page is not freed under them; foreign ones are
guarded."""

from __future__ import annotations

import pytest

from tests.xok.world import World, refused
from vm.xok.account import Resource
from vm.xok.capability import Capability
from vm.xok.predicate import KernelWord, PageWord
from vm.xok.refusal import Code
from vm.xok.syscalls import SystemCalls


@pytest.mark.parametrize("bits", [8, 16, 32, 64])
def test_who_waits_for_a_word_of_its_page_is_woken_when_it_changes(bits: int) -> None:
    world = World()
    view = world.alice.page_bind(world.page, True)
    value = (1 << bits) - 2

    def write() -> None:
        view[64 : 64 + bits // 8] = value.to_bytes(bits // 8, "little")

    world.kernel.clock.schedule(world.kernel.clock.now + 9_000, write)
    assert world.alice.sleep((((PageWord(world.page, 64, bits), "==", value), 5),)) == 5


def test_a_shared_page_is_watched_by_who_may_read_it() -> None:
    world = World()
    world.bob.page_acl_set(world.bob_page, 1, Capability(b"a", 0))

    def writer(sys: SystemCalls) -> None:
        sys.page_bind(world.bob_page, True)[0] = 1

    world.kernel.spawn(writer, Capability(b"b"))
    world.alice.sleep((((PageWord(world.bob_page, 0, 8), "!=", 0),),))
    world.bob.page_acl_set(world.bob_page, 1, None)
    predicate = (((PageWord(world.bob_page, 0, 8), "!=", 0),),)
    assert refused(lambda: world.alice.sleep(predicate)) is Code.ACCESS_DENIED


def _attempts(world: World, page: int, codes: list[Code | None]) -> None:
    """While alice sleeps on a page, have others try to free it."""

    def thief(sys: SystemCalls) -> None:
        codes.append(refused(lambda: sys.page_free(page)))

    world.kernel.spawn(thief)


def test_ones_own_page_is_not_freed_under_a_predicate_and_is_afterwards() -> None:
    world = World()
    codes: list[Code | None] = []
    used = world.environment(world.alice).account.used[Resource.PINS]
    _attempts(world, world.page, codes)
    soon = world.kernel.clock.now + 50_000_000
    world.alice.sleep((((PageWord(world.page, 0), "==", 1),), ((KernelWord.CLOCK, ">=", soon),)))
    assert codes == [Code.PAGE_PINNED]
    assert world.environment(world.alice).account.used[Resource.PINS] == used
    world.alice.page_free(world.page)


def test_a_foreign_page_that_is_freed_shows_nobody_elses_bytes() -> None:
    world = World()
    world.bob.page_acl_set(world.bob_page, 1, Capability(b"a", 0))

    def owner(sys: SystemCalls) -> None:
        sys.page_free(world.bob_page)
        page = sys.page_allocate()
        assert page == world.bob_page
        sys.page_bind(page, True)[0] = 1

    world.kernel.spawn(owner, Capability(b"b"))
    soon = world.kernel.clock.now + 50_000_000
    predicate = (((PageWord(world.bob_page, 0, 8), "!=", 0), 3), ((KernelWord.CLOCK, ">=", soon), 4))
    assert world.alice.sleep(predicate) == 4


def test_a_sleep_that_never_ends_gives_its_pins_back() -> None:
    world = World()
    used = list(world.environment(world.alice).account.used)
    assert refused(lambda: world.alice.sleep((((PageWord(world.page, 0), "==", 1),),))) is Code.DEADLOCK
    assert world.environment(world.alice).account.used == used
    assert world.kernel.pages.record(world.page).pins == 0


def test_who_ends_in_its_sleep_leaves_nothing_pinned() -> None:
    world = World()
    pages: list[int] = []

    def sleeper(sys: SystemCalls) -> None:
        pages.append(sys.page_allocate())
        sys.sleep((((PageWord(pages[0], 0), "==", 1),),))

    environment = world.kernel.spawn(sleeper)
    world.kernel.run()
    assert world.kernel.pages.record(pages[0]).pins == 1
    world.root.environment_free(environment.id)
    assert world.kernel.pages.record(pages[0]).pins == 0
