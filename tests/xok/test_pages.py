"""Pages: who owns, who sees, and that nothing is left of the last owner."""

from __future__ import annotations

import random

from tests.xok.world import World, make_kernel, refused
from vm.machine.memory import PAGE
from vm.xok.account import Resource
from vm.xok.capability import ALL, MODIFY, ROOT, WRITE, Capability
from vm.xok.kernel import Kernel
from vm.xok.pages import PageState
from vm.xok.refusal import Code
from vm.xok.syscalls import SystemCalls


def test_a_new_page_is_zero_and_old_views_are_of_dead_memory() -> None:
    world = World()
    view = world.alice.page_bind(world.page, True)
    view[:6] = b"secret"
    world.alice.page_free(world.page)
    page = world.bob.page_allocate()
    assert page == world.page
    new = world.bob.page_bind(page, True)
    assert bytes(new) == bytes(PAGE)
    view[:4] = b"evil"
    assert bytes(new) == bytes(PAGE)
    assert view[:6] == b"evilet"


def test_sharing_by_access_list() -> None:
    world = World()
    assert refused(lambda: world.bob.page_bind(world.page)) is Code.ACCESS_DENIED
    world.alice.page_acl_set(world.page, 1, Capability(b"b", WRITE))
    mine = world.alice.page_bind(world.page, True)
    his = world.bob.page_bind(world.page, True)
    his[0] = 42
    assert mine[0] == 42
    assert world.bob.page_info(world.page).binders == (world.alice_id, world.bob_id)
    assert refused(lambda: world.bob.page_acl_set(world.page, 2, ROOT)) is Code.ACCESS_DENIED
    assert refused(lambda: world.bob.page_free(world.page)) is Code.ACCESS_DENIED


def test_a_binding_is_checked_once() -> None:
    world = World()
    world.alice.page_acl_set(world.page, 1, Capability(b"b", 0))
    his = world.bob.page_bind(world.page)
    world.alice.page_acl_set(world.page, 1, None)
    world.alice.page_bind(world.page, True)[0] = 7
    assert his[0] == 7
    assert refused(lambda: world.bob.page_bind(world.page)) is Code.ACCESS_DENIED


def test_freeing_ends_the_bindings_of_all() -> None:
    world = World()
    world.alice.page_acl_set(world.page, 1, Capability(b"b", 0))
    world.bob.page_bind(world.page)
    bob = world.environment(world.bob)
    assert bob.account.used[Resource.BINDINGS] == 1
    world.alice.page_free(world.page)
    assert bob.account.used[Resource.BINDINGS] == 0
    assert refused(lambda: world.bob.page_unbind(world.page)) is Code.NO_SUCH_PAGE


def test_binding_twice_is_one_binding() -> None:
    world = World()
    alice = world.environment(world.alice)
    world.alice.page_bind(world.page)
    world.alice.page_bind(world.page, True)
    assert alice.account.used[Resource.BINDINGS] == 1
    world.alice.page_unbind(world.page)
    assert alice.account.used[Resource.BINDINGS] == 0


def test_a_backing_can_be_replaced_and_withdrawn() -> None:
    world = World()
    alice = world.environment(world.alice)
    for backing in (5, 6, None, None, 7):
        world.alice.repossession_set(world.page, backing)
        assert alice.backings == ({} if backing is None else {world.page: backing})
        assert alice.account.used[Resource.BACKINGS] == len(alice.backings)
    world.alice.page_free(world.page)
    assert alice.account.used[Resource.BACKINGS] == 0


def test_who_may_modify_may_free_a_page_of_another() -> None:
    world = World()
    world.alice.page_acl_set(world.page, 1, Capability(b"b", MODIFY))
    world.bob.page_free(world.page)
    assert refused(lambda: world.alice.page_info(world.page)) is Code.NO_SUCH_PAGE


def test_no_view_of_a_buffer_remains() -> None:
    world = World()
    pages = world.kernel.pages
    alice = world.environment(world.alice)
    for contents in (False, True):
        page = world.alice.page_allocate()
        view = world.alice.page_bind(page, True)
        view[:4] = b"data"
        pages.enter_cache(alice, page, contents)
        assert pages.frame(page)[:4] == (b"data" if contents else bytes(4))
        view[:4] = b"evil"
        assert pages.frame(page)[:4] == (b"data" if contents else bytes(4))
        assert refused(lambda page=page: world.alice.page_bind(page)) is Code.PAGE_BOUND
        assert refused(lambda page=page: world.alice.page_free(page)) is Code.PAGE_BOUND
        pages.leave_cache(page)
        assert bytes(world.alice.page_bind(page)) == bytes(PAGE)


def test_a_buffer_stays_charged_until_it_is_recharged() -> None:
    world = World()
    alice, bob = world.environment(world.alice), world.environment(world.bob)
    used = alice.account.used[Resource.PAGES]
    world.kernel.pages.recharge(world.buffer, bob)
    assert alice.account.used[Resource.PAGES] == used - 1
    assert world.buffer in bob.buffers
    world.kernel.pages.free(world.buffer)
    assert not bob.buffers


def test_buffers_that_nobody_misses_are_taken_first() -> None:
    kernel = make_kernel(128)
    pool: list[int] = []
    for _ in range(20):
        page = kernel.pages.allocate(kernel.owner)
        kernel.pages.enter_cache(kernel.owner, page)
        pool.append(page)

    def reclaim(count: int) -> int:
        taken = min(count, len(pool))
        for _ in range(taken):
            kernel.pages.free(pool.pop(0))
        return taken

    kernel.pages.reclaim.append(reclaim)
    sys = kernel.enter(kernel.create())
    sys._environment.account.limits[Resource.PAGES] = 128
    count = 0
    while refused(sys.page_allocate) is None:
        count += 1
    assert (count, pool) == (128, [])
    assert sys.area.pages_wanted == 0 or count >= 108


def test_who_has_not_enough_is_refused_and_others_go_on() -> None:
    world = World()
    codes = set()
    for _ in range(world.kernel.pages.total):
        codes.add(refused(world.alice.page_allocate))
    assert codes == {None, Code.QUOTA}
    assert refused(world.bob.page_allocate) is None


def test_any_sequence_keeps_the_books() -> None:
    kernel = make_kernel(128)
    draw = random.Random(5)
    people = [kernel.enter(kernel.create(Capability(bytes([i])))) for i in range(3)]
    for sys in people:
        sys._environment.account.limits[Resource.PAGES] = 30
    held: dict[int, int] = {}
    for step in range(3000):
        who = draw.randrange(3)
        sys = people[who]
        page = draw.choice([*held, 127])
        match draw.randrange(5):
            case 0 | 1:
                _allocate(sys, held, who)
            case 2:
                if refused(lambda sys=sys, page=page: sys.page_free(page)) is None:
                    assert held.pop(page) == who
            case 3:
                code = refused(lambda sys=sys, page=page: sys.page_bind(page, True))
                assert (code is None) == (held.get(page) == who), (step, code)
            case 4:
                refused(lambda sys=sys, page=page: sys.page_unbind(page))
        _check_books(kernel, held)


def _allocate(sys: SystemCalls, held: dict[int, int], who: int) -> None:
    full = sum(owner == who for owner in held.values()) == 30
    code = refused(lambda: held.setdefault(sys.page_allocate(), who))
    assert code is (Code.QUOTA if full else None)


def _check_books(kernel: Kernel, held: dict[int, int]) -> None:
    assert kernel.pages.free_count == 128 - len(held)
    for number in range(128):
        record = kernel.pages.record(number)
        assert (record.state is PageState.OWNED) == (number in held)
        assert record.binders == {} or number in held


def test_an_entry_of_an_access_list_may_be_for_less() -> None:
    world = World()
    world.root.page_acl_set(world.page, 1, Capability(b"", ALL))
    assert refused(lambda: world.bob.page_bind(world.page)) is Code.ACCESS_DENIED
    world.root.page_acl_set(world.page, 2, Capability(b"bx", 0))
    assert world.bob.page_bind(world.page).readonly
