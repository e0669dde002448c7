"""Pages are asked for, and taken from who does not answer; some are never taken."""

from __future__ import annotations

import pytest

from tests.xok.world import make_kernel, refused
from vm.xok.account import Resource
from vm.xok.area import PAGES_LOST
from vm.xok.capability import Capability
from vm.xok.environment import Environment
from vm.xok.kernel import Kernel
from vm.xok.limits import GUARANTEED_PAGES
from vm.xok.predicate import KernelWord
from vm.xok.refusal import Code
from vm.xok.syscalls import SystemCalls

PAGES = 128


def make_full() -> tuple[Kernel, SystemCalls]:
    """A machine, and home in it, which will want pages."""
    kernel = make_kernel(PAGES)
    kernel.environments._limits[Resource.PAGES] = PAGES
    return kernel, kernel.enter(kernel.create(Capability(b"h")))


def keep(sys: SystemCalls) -> None:
    """Take as many pages as possible, and do not answer."""
    fill(sys, [])
    while True:
        sys.compute(100_000)


def fill(sys: SystemCalls, pages: list[int]) -> None:
    while refused(lambda: pages.append(sys.page_allocate())) is None:
        pass


def run_for(sys: SystemCalls, cycles: int) -> None:
    sys.sleep((((KernelWord.CLOCK, ">=", sys.now + cycles),),))


def test_a_library_returns_pages_of_its_choice() -> None:
    kernel, home = make_full()
    pages: list[int] = []
    returned: list[int] = []

    def polite(sys: SystemCalls) -> None:
        def revoke() -> None:
            chosen = pages[-sys.area.pages_wanted :]
            returned.extend(chosen)
            sys.page_return(chosen)

        sys.area.revocation = revoke
        while kernel.pages.free_count > 3:
            pages.append(sys.page_allocate())
        sys.sleep(())

    environment = kernel.spawn(polite)
    run_for(home, 10**9)
    assert returned
    assert not set(returned) & set(environment.pages)
    assert environment.area.words[PAGES_LOST] == 0
    assert environment.area.pages_wanted == 0
    assert kernel.pages.free_count >= kernel.pages.reserve
    assert refused(home.page_allocate) is None


def test_a_page_in_use_is_taken_from_who_does_not_answer() -> None:
    kernel, home = make_full()
    views: list[memoryview] = []
    told: list[tuple[tuple[int, int | None], ...]] = []

    def stubborn(sys: SystemCalls) -> None:
        sys.area.repossession = lambda: told.append(sys.repossession_read())
        for page in _all_pages(sys):
            views.append(sys.page_bind(page, True))
            views[-1][:4] = b"mine"
        while True:
            sys.compute(100_000)

    environment = kernel.spawn(stubborn)
    run_for(home, 10**9)
    assert environment.alive
    lost = [page for batch in told for page, _ in batch]
    assert len(lost) == environment.area.words[PAGES_LOST] > 0
    assert lost == sorted(lost), "oldest first"
    assert not set(lost) & set(environment.pages)
    assert not set(lost) & set(environment.bindings)
    page = home.page_allocate()
    assert bytes(home.page_bind(page)) == bytes(4096)
    views[page][:4] = b"evil"
    assert bytes(home.page_bind(page)) == bytes(4096)


def _all_pages(sys: SystemCalls) -> list[int]:
    pages: list[int] = []
    fill(sys, pages)
    return pages


def test_pages_that_were_taken_are_no_longer_its_own() -> None:
    kernel, home = make_full()
    environment = kernel.spawn(keep)
    run_for(home, 10**9)
    lost = [page for page, _ in environment.lost]
    assert lost
    sys = home
    assert refused(lambda: sys.page_info(lost[-1])) is Code.NO_SUCH_PAGE


def test_guaranteed_pages_are_never_taken() -> None:
    kernel, home = make_full()
    small = [kernel.spawn(_take(GUARANTEED_PAGES)) for _ in range(4)]
    large = kernel.spawn(keep)
    home.give_way()
    fill(home, [])
    run_for(home, 10**10)
    fill(home, [])
    assert all(len(each.pages) == GUARANTEED_PAGES for each in small)
    assert len(large.pages) >= GUARANTEED_PAGES
    assert all(not each.lost for each in small)


def _take(count: int):  # type: ignore[no-untyped-def]
    def program(sys: SystemCalls) -> None:
        for _ in range(count):
            sys.page_allocate()
        sys.sleep(())

    return program


def test_a_preloaded_backing_gets_the_bytes() -> None:
    kernel, home = make_full()
    saved: dict[int, bytes] = {}

    def save(environment: Environment, block: int, data: bytes) -> bool:
        saved[block] = data
        return block != 101

    kernel.revocation.save = save

    def stubborn(sys: SystemCalls) -> None:
        for page in _all_pages(sys):
            sys.page_bind(page, True)[:1] = bytes([page])
            sys.repossession_set(page, 100 + page)
        sys.sleep(())

    environment = kernel.spawn(stubborn)
    environment.account.limits[Resource.BACKINGS] = PAGES
    run_for(home, 10**9)
    assert environment.lost
    for page, backing in environment.lost:
        assert saved[100 + page][0] == page
        assert backing == (None if page == 1 else 100 + page)
    assert environment.account.used[Resource.BACKINGS] == len(environment.backings) == len(environment.pages)


def test_who_returns_some_loses_the_rest_only() -> None:
    kernel, home = make_full()
    pages: list[int] = []
    wanted: list[int] = []

    def half(sys: SystemCalls) -> None:
        def revoke() -> None:
            wanted.append(sys.area.pages_wanted)
            for _ in range(sys.area.pages_wanted // 2):
                sys.page_free(pages.pop())

        sys.area.revocation = revoke
        while kernel.pages.free_count > 3:
            pages.append(sys.page_allocate())
        sys.sleep(())

    environment = kernel.spawn(half)
    run_for(home, 10**9)
    assert environment.area.words[PAGES_LOST] == wanted[0] - wanted[0] // 2


def test_writing_into_pages_wanted_changes_nothing() -> None:
    kernel, home = make_full()

    def liar(sys: SystemCalls) -> None:
        def revoke() -> None:
            sys.area.words[64] = 0

        sys.area.revocation = revoke
        keep(sys)

    environment = kernel.spawn(liar)
    run_for(home, 10**9)
    assert environment.area.words[PAGES_LOST] > 0


@pytest.mark.parametrize("dies", [False, True])
def test_who_faults_or_ends_in_the_upcall_frees_everything(dies: bool) -> None:
    kernel, home = make_full()

    def faulty(sys: SystemCalls) -> None:
        def revoke() -> None:
            if dies:
                sys.environment_free(sys.environment_id())
            raise ValueError

        sys.area.revocation = revoke
        keep(sys)

    environment = kernel.spawn(faulty)
    run_for(home, 10**9)
    assert not environment.alive
    assert isinstance(environment.failure, ValueError) != dies
    assert kernel.pages.free_count == PAGES
    assert kernel.pages.asked is None


def test_the_largest_holder_is_asked() -> None:
    kernel, home = make_full()
    first, second = kernel.spawn(_take(30)), kernel.spawn(_take(50))
    home.give_way()
    while kernel.pages.asked is None:
        home.page_allocate()
    assert kernel.pages.asked is second
    assert (first.words[64], second.words[64]) != (0, 0)


def test_home_is_asked_at_its_next_call() -> None:
    _, home = make_full()
    pages: list[int] = []
    home.area.revocation = lambda: home.page_return([pages.pop() for _ in range(home.area.pages_wanted)])
    for _ in range(3 * PAGES):
        pages.append(home.page_allocate())  # noqa: PERF401  (the upcall takes from it meanwhile)
    assert len(home._environment.pages) == len(pages) < PAGES


def test_clean_buffers_of_who_does_not_answer_are_dropped() -> None:
    kernel, home = make_full()
    environment = kernel.spawn(_take(1))
    home.give_way()
    buffers: list[int] = []
    while kernel.pages.free_count > 5:
        buffers.append(kernel.pages.allocate(environment))
        kernel.pages.enter_cache(environment, buffers[-1])

    def drop(who: Environment, count: int) -> int:
        assert who is environment
        for page in buffers[:count]:
            kernel.pages.free(page)
        taken = len(buffers[:count])
        del buffers[:count]
        return taken

    kernel.revocation.take_buffers = drop
    for _ in range(3):
        home.page_allocate()
    run_for(home, 10**9)
    assert kernel.pages.free_count >= kernel.pages.reserve


def test_a_software_region_in_each_page_keeps_none() -> None:
    kernel, home = make_full()
    regions: list[int] = []

    def hoarder(sys: SystemCalls) -> None:
        pages = _all_pages(sys)
        regions.extend(sys.region_create(page, 0, 1) for page in pages)
        sys.sleep(())

    environment = kernel.spawn(hoarder)
    run_for(home, 10**9)
    lost = environment.words[PAGES_LOST]
    assert lost > 0
    assert environment.account.used[Resource.REGIONS] == len(regions) - lost
    page = home.page_allocate()
    assert bytes(home.page_bind(page)) == bytes(4096)


def test_more_is_asked_for_while_too_little_has_come() -> None:
    kernel, home = make_full()
    hogs = [kernel.spawn(keep), kernel.spawn(keep)]
    home.give_way()
    kernel.pages.reserve = 40
    run_for(home, 10**10)
    assert kernel.pages.free_count >= 40
    assert sum(each.words[PAGES_LOST] for each in hogs) > 32


def test_nothing_is_asked_for_ever_where_nothing_can_come() -> None:
    kernel, home = make_full()
    for _ in range(PAGES - 1):
        kernel.pages.allocate(kernel.owner)
    home.page_allocate()
    assert refused(home.page_allocate) is Code.NO_MEMORY
    assert refused(lambda: home.sleep(())) is Code.DEADLOCK
