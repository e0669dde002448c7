"""Environments are created, charged, and end; what they had is given back, and nobody else notices."""

from __future__ import annotations

import gc
import weakref

from tests.xok.snapshot import difference, snapshot
from tests.xok.world import World, halt_all, make_kernel, refused
from vm.xok.account import Resource
from vm.xok.capability import ROOT, Capability
from vm.xok.environment import Environment
from vm.xok.kernel import Kernel
from vm.xok.limits import ENVIRONMENTS, GENERATIONS
from vm.xok.predicate import KernelWord
from vm.xok.refusal import Code
from vm.xok.syscalls import SystemCalls


def test_1024_environments_and_not_one_more() -> None:
    kernel = make_kernel(16 * ENVIRONMENTS)
    made = [kernel.create(ROOT, quanta=0) for _ in range(ENVIRONMENTS - 1)]
    assert len(kernel.environments) == ENVIRONMENTS
    assert refused(lambda: kernel.create(ROOT, quanta=0)) is Code.TABLE_FULL
    assert len({environment.id for environment in made}) == ENVIRONMENTS - 1
    kernel.destroy(made[500])
    again = kernel.create(ROOT, quanta=0)
    assert again.id % ENVIRONMENTS == made[500].id % ENVIRONMENTS
    assert again.id not in {environment.id for environment in made}


def test_one_environment_cannot_take_the_whole_table() -> None:
    world = World(1024)
    while refused(lambda: world.alice.environment_create(Capability(b"a"))) is None:
        pass
    assert refused(lambda: world.alice.environment_create(Capability(b"a"))) is Code.QUOTA
    assert refused(lambda: world.bob.environment_create(Capability(b"b"))) is None


def test_a_child_is_charged_to_all_its_ancestors() -> None:
    world = World()
    alice = world.environment(world.alice)
    used = alice.account.used[Resource.PAGES]
    sys = world.kernel.enter(world.kernel.environments.find(world.child))
    page = sys.page_allocate()
    assert alice.account.used[Resource.PAGES] == used + 1
    sys.page_free(page)
    assert alice.account.used[Resource.PAGES] == used
    alice.account.limits[Resource.PAGES] = used
    assert refused(sys.page_allocate) is Code.QUOTA


def test_a_parent_limits_its_child() -> None:
    world = World()
    child = world.alice.environment_create(Capability(b"a"), None, {Resource.PAGES: 2})
    sys = world.kernel.enter(world.kernel.environments.find(child))
    assert [refused(sys.page_allocate) for _ in range(3)] == [None, None, Code.QUOTA]


def test_generations_are_limited() -> None:
    world = World(1024)
    sys, code = world.alice, None
    for _ in range(GENERATIONS):
        code = refused(lambda sys=sys: sys.environment_create(Capability(b"a")))
        if code is not None:
            break
        sys = world.kernel.enter(world.kernel.environments.all()[-1])
    assert code is Code.QUOTA


def test_what_an_environment_had_is_given_back() -> None:
    world = World()
    world.kernel.on_destroy.clear()
    before = snapshot(world.kernel)
    free = world.kernel.pages.free_count
    guest = world.login(Capability(b"g"))
    pages = [guest.page_allocate() for _ in range(5)]
    guest.page_bind(pages[0], True)
    guest.region_create(pages[1], 0, 10)
    guest.repossession_set(pages[2], 5)
    guest.quantum_allocate(77)
    world.alice.page_acl_set(world.page, 1, Capability(b"g", 0))
    guest.page_bind(world.page)
    world.alice.page_acl_set(world.page, 1, None)
    account = world.environment(guest).account
    guest.environment_free(world.id_of(guest))
    assert account.used == [0] * len(Resource)
    assert world.kernel.pages.free_count == free
    assert world.alice.quantum_get(77).owner is None
    changed = difference(before, snapshot(world.kernel))
    assert changed is not None  # numbers and pages come in another order, and that is all
    assert world.alice.region_read(world.region, 0, 6) == b"secret"


def test_children_live_on_and_stay_charged() -> None:
    world = World()
    grandchild = _grandchild(world)
    alice = world.environment(world.alice)
    page = world.kernel.enter(grandchild).page_allocate()
    world.alice.environment_free(world.child)
    assert grandchild.alive
    assert alice.account.used[Resource.CHILDREN] == 1
    assert alice.account.used[Resource.PAGES] == 4
    world.alice.environment_free(grandchild.id)
    assert alice.account.used[Resource.CHILDREN] == 0
    assert refused(lambda: world.alice.page_info(page)) is Code.NO_SUCH_PAGE


def _grandchild(world: World) -> Environment:
    sys = world.kernel.enter(world.kernel.environments.find(world.child))
    return world.kernel.environments.find(sys.environment_create(Capability(b"acx")))


def test_hooks_hear_of_every_end_before_the_pages_go() -> None:
    world = World()
    heard: list[tuple[int, int]] = []
    world.kernel.on_destroy.append(lambda e: heard.append((e.id, len(e.pages))))
    world.alice.environment_free(world.alice_id)
    assert heard == [(world.alice_id, 2)]
    assert world.environment(world.alice).buffers == {}
    assert world.kernel.owner.buffers == {world.buffer: None}
    assert refused(world.alice.null) is Code.NO_SUCH_ENVIRONMENT
    world.bob.null()


def test_an_error_ends_the_environment_and_is_kept() -> None:
    kernel = make_kernel()

    def fail(sys: SystemCalls) -> None:
        sys.page_allocate()
        raise ValueError("a bug in a library")

    def leave(sys: SystemCalls) -> None:
        raise SystemExit(1)

    finished: list[str] = []

    def succeed(sys: SystemCalls) -> None:
        sys.give_way()
        finished.append("done")

    failing, leaving, other = kernel.spawn(fail), kernel.spawn(leave), kernel.spawn(succeed)
    kernel.run()
    assert isinstance(failing.failure, ValueError)
    assert [number for number, _ in kernel.environments.failures] == [failing.id, leaving.id]
    assert (failing.alive, leaving.alive, other.alive, other.failure) == (False, False, False, None)
    assert finished == ["done"]
    assert kernel.pages.free_count == kernel.pages.total


def test_an_unhandled_refusal_is_an_error_like_others() -> None:
    kernel = make_kernel()
    program = kernel.spawn(lambda sys: sys.page_free(3))
    kernel.run()
    assert "NO_SUCH_PAGE" in str(program.failure)


def test_ending_another_unwinds_its_program() -> None:
    kernel = make_kernel()
    seen: list[object] = []

    def victim(sys: SystemCalls) -> None:
        try:
            sys.sleep(())
        finally:
            seen.append(refused(sys.page_allocate))

    target = kernel.spawn(victim)
    killer = kernel.enter(kernel.create())
    killer.give_way()
    killer.environment_free(target.id)
    assert seen == [Code.NO_SUCH_ENVIRONMENT]
    assert target.failure is None
    killer.null()


def test_ending_a_program_that_has_not_begun() -> None:
    kernel = make_kernel()
    seen: list[str] = []
    killer = kernel.enter(kernel.create())
    killer.null()
    target = kernel.spawn(lambda sys: seen.append("began"))
    killer.environment_free(target.id)
    killer.sleep((((KernelWord.CLOCK, ">=", 10**7),),))
    assert seen == []


def test_a_machine_that_is_switched_off_leaves_nothing() -> None:
    log: list[object] = []

    def waiter(sys: SystemCalls) -> None:
        try:
            sys.sleep(())
        finally:
            log.append(refused(sys.page_allocate))

    def use() -> weakref.ref[Kernel]:
        kernel = make_kernel()
        kernel.on_destroy.append(log.append)
        kernel.spawn(waiter)
        kernel.run()
        kernel.spawn(waiter)
        kernel.clock.schedule(10**12, lambda: log.append("after the end"))
        halt_all()
        return weakref.ref(kernel)

    kernel = use()
    gc.collect()
    assert kernel() is None
    assert log == [Code.NO_SUCH_ENVIRONMENT]


def test_a_program_ends_itself() -> None:
    kernel = make_kernel()
    seen: list[str] = []

    def program(sys: SystemCalls) -> None:
        sys.environment_free(sys.environment_id())
        seen.append("not reached")

    environment = kernel.spawn(program)
    kernel.run()
    assert not seen
    assert not environment.alive
    assert environment.failure is None


def test_a_program_that_survives_its_end_can_do_nothing() -> None:
    kernel = make_kernel()
    seen: list[object] = []

    def program(sys: SystemCalls) -> None:
        try:
            sys.environment_free(sys.environment_id())
        except BaseException:  # noqa: BLE001  (hostile)
            seen.append(refused(sys.null))
            seen.append(refused(lambda: sys.compute(10**9)))

    kernel.spawn(program)
    kernel.run()
    assert seen == [Code.NO_SUCH_ENVIRONMENT] * 2


def test_programs_start_programs() -> None:
    kernel = make_kernel()
    order: list[str] = []

    def parent(sys: SystemCalls) -> None:
        child = sys.environment_create(Capability(b"c"), lambda s: order.append(f"child of {s.now >= 0}"))
        sys.quantum_allocate(40, child)
        order.append("parent")

    kernel.spawn(parent)
    kernel.run()
    assert order == ["parent", "child of True"]


def test_home_hears_of_its_end() -> None:
    kernel = make_kernel()
    host = kernel.create()
    sys = kernel.enter(host)
    kernel.spawn(lambda other: other.environment_free(host.id))
    assert refused(lambda: sys.sleep(())) is Code.NO_SUCH_ENVIRONMENT
    assert refused(sys.null) is Code.NO_SUCH_ENVIRONMENT
    kernel.enter(kernel.create()).null()


def test_the_same_run_gives_the_same_times() -> None:
    def run() -> tuple[int, list[tuple[int, int]]]:
        kernel: Kernel = make_kernel()
        log: list[tuple[int, int]] = []

        def program(sys: SystemCalls) -> None:
            for _ in range(20):
                sys.compute(100_000 * sys.environment_id())
                log.append((sys.environment_id(), sys.now))

        for _ in range(4):
            kernel.spawn(program)
        kernel.run()
        return kernel.clock.now, log

    assert run() == run()


def test_a_keyboard_interrupt_reaches_home() -> None:
    kernel = make_kernel()

    def program(sys: SystemCalls) -> None:
        raise KeyboardInterrupt

    environment = kernel.spawn(program)
    try:
        kernel.run()
    except KeyboardInterrupt:
        assert not environment.alive
    else:
        raise AssertionError("it was lost")
    kernel.run()
    kernel.enter(kernel.create()).null()
