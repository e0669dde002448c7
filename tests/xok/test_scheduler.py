"""Time: shares, saving up, hogs, epilogues, the abort protocol, directed yield, idling."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import pytest

from tests.xok.world import make_kernel, refused
from vm.machine import costs
from vm.xok.account import Resource
from vm.xok.capability import Capability
from vm.xok.environment import Environment
from vm.xok.kernel import Aborted, Kernel
from vm.xok.limits import ABORT_TICKS, QUANTA, QUANTUM_TICKS
from vm.xok.predicate import KernelWord
from vm.xok.quantum import MOST, REFILL
from vm.xok.refusal import Code
from vm.xok.syscalls import SystemCalls

SLICE = QUANTUM_TICKS * costs.TICK


def hog(sys: SystemCalls) -> None:
    while True:
        sys.compute(costs.TICK // 3)


def sleeper(sys: SystemCalls) -> None:
    sys.sleep(())


def run_for(kernel: Kernel, cycles: int) -> None:
    """Let programs run for so long."""
    sys = kernel.enter(kernel.create(Capability(b"timer")))
    sys.sleep((((KernelWord.CLOCK, ">=", kernel.clock.now + cycles),),))


def share(environment: Environment, others: list[Environment]) -> float:
    return environment.cycles / sum(each.cycles for each in others)


@pytest.mark.parametrize("quanta", [(1, 1), (3, 2, 1), (1, 4, 16)])
def test_time_is_shared_by_quanta(quanta: tuple[int, ...]) -> None:
    """EXO95 figure 3: 3:2:1."""
    kernel = make_kernel()
    hogs = [kernel.spawn(hog, quanta=count) for count in quanta]
    run_for(kernel, 400 * SLICE)
    for environment, count in zip(hogs, quanta):
        assert share(environment, hogs) == pytest.approx(count / sum(quanta), abs=0.02)


def test_shares_hold_at_every_moment() -> None:
    kernel = make_kernel()
    hogs = [kernel.spawn(hog, quanta=count) for count in (3, 2, 1)]
    sys = kernel.enter(kernel.create())
    for rounds in range(1, 30):
        sys.sleep((((KernelWord.CLOCK, ">=", rounds * 6 * SLICE),),))
        for environment, count in zip(hogs, (3, 2, 1)):
            assert abs(environment.cycles - rounds * count * SLICE) <= 3 * SLICE


def test_a_stride_scheduler_in_a_library() -> None:
    """EXO95 figure 3 as it was made: one environment owns the time, and yields it by stride."""
    kernel = make_kernel()
    tickets = (3, 2, 1)
    clients: list[int] = []

    def stride(sys: SystemCalls) -> None:
        clients.extend(sys.environment_create(Capability(b"c"), hog) for _ in tickets)
        passes = [0.0] * len(tickets)
        while True:
            chosen = min(range(len(tickets)), key=passes.__getitem__)
            passes[chosen] += 1 / tickets[chosen]
            sys.give_way(clients[chosen])

    kernel.spawn(stride)
    run_for(kernel, 300 * SLICE)
    found = [kernel.environments.find(number) for number in clients]
    for environment, count in zip(found, tickets):
        assert share(environment, found) == pytest.approx(count / 6, abs=0.02)


def test_a_hog_does_not_starve_others() -> None:
    kernel = make_kernel()
    for _ in range(3):
        kernel.spawn(hog)
    finished: list[int] = []

    def work(sys: SystemCalls) -> None:
        sys.compute(10 * SLICE)
        finished.append(sys.now)

    kernel.spawn(work)
    run_for(kernel, 60 * SLICE)
    assert len(finished) == 1
    assert finished[0] < 45 * SLICE


def test_one_long_computation_is_split() -> None:
    kernel = make_kernel()
    times: list[int] = []

    def tick(sys: SystemCalls) -> None:
        for _ in range(20):
            sys.compute(costs.TICK)
            times.append(sys.now)
            sys.give_way()

    kernel.spawn(lambda sys: sys.compute(200 * SLICE))
    kernel.spawn(tick)
    kernel.run()
    assert len(times) == 20
    assert max(later - earlier for earlier, later in pairwise(times)) < 2 * SLICE


def test_time_that_is_not_used_is_saved_up_to_15_ticks() -> None:
    kernel = make_kernel()
    slices: list[int] = []

    def saver(sys: SystemCalls) -> None:
        for _ in range(10):
            sys.give_way()
        begin = sys.now
        sys.area.epilogue = lambda: (slices.append(sys.now - begin), sys.give_way())  # type: ignore[assignment]
        sys.compute(3 * MOST)

    kernel.spawn(saver)
    kernel.spawn(hog)
    run_for(kernel, 100 * SLICE)
    assert slices[0] == pytest.approx(MOST, rel=0.01)
    assert slices[0] < MOST


def test_stopping_just_before_the_end_of_a_slice_gains_nothing() -> None:
    kernel = make_kernel()

    def dodge(sys: SystemCalls) -> None:
        while True:
            sys.compute(SLICE - 10_000)
            sys.give_way()

    dodger, other = kernel.spawn(dodge), kernel.spawn(hog)
    run_for(kernel, 200 * SLICE)
    assert share(dodger, [dodger, other]) <= 0.51


def test_freeing_a_quantum_that_is_overdrawn_pays_nothing() -> None:
    kernel = make_kernel()

    def cheat(sys: SystemCalls) -> None:
        sys.area.epilogue = lambda: None  # ignores it as long as it dares
        number = kernel.environments.find(sys.environment_id()).quanta[0]
        sys.quantum_allocate(99)
        while True:
            sys.compute(SLICE * 20)
            other = 100 if number != 100 else 101
            sys.quantum_allocate(other)
            sys.quantum_free(number)
            number = other
            sys.give_way()

    cheater, other = kernel.spawn(cheat), kernel.spawn(hog)
    run_for(kernel, 2000 * SLICE)
    assert share(cheater, [cheater, other]) <= 2 / 3 + 0.05


def test_two_that_yield_to_each_other_gain_nothing() -> None:
    kernel = make_kernel()
    pair: list[Environment] = []

    def accomplice(sys: SystemCalls) -> None:
        me = sys.environment_id()

        def epilogue() -> None:
            sys.compute(ABORT_TICKS * costs.TICK // 2)
            sys.give_way(next(each.id for each in pair if each.id != me))

        sys.area.epilogue = epilogue
        hog(sys)

    pair += [kernel.spawn(accomplice), kernel.spawn(accomplice)]
    other = kernel.spawn(hog)
    run_for(kernel, 3000 * SLICE)
    assert all(each.alive for each in pair)
    assert other.cycles >= 0.3 * 3000 * SLICE


def test_the_epilogue_is_entered_at_the_end_and_the_prologue_at_the_beginning() -> None:
    kernel = make_kernel()
    log: list[str] = []

    def program(sys: SystemCalls) -> None:
        def epilogue() -> None:
            log.append("epilogue")
            sys.give_way()

        sys.area.epilogue = epilogue
        sys.area.prologue = lambda: log.append("prologue")
        for _ in range(4):
            sys.compute(SLICE)
            log.append("worked")

    kernel.spawn(program)
    kernel.spawn(lambda sys: sys.compute(4 * SLICE))
    kernel.run()
    assert log[:4] == ["epilogue", "prologue", "worked", "epilogue"]
    assert log.count("epilogue") == log.count("prologue") == 4


def test_who_ignores_the_epilogue_is_ended_after_330_ticks() -> None:
    kernel = make_kernel()
    entered: list[int] = []

    def deaf(sys: SystemCalls) -> None:
        sys.area.epilogue = lambda: entered.append(sys.now)
        sys.page_allocate()
        hog(sys)

    environment, other = kernel.spawn(deaf), kernel.spawn(lambda sys: sys.compute(SLICE))
    kernel.run()
    assert len(entered) == 1
    assert isinstance(environment.failure, Aborted)
    assert (environment.alive, other.alive, other.failure) == (False, False, None)
    assert kernel.clock.now - entered[0] == pytest.approx(ABORT_TICKS * costs.TICK, rel=0.05)
    assert kernel.pages.free_count == kernel.pages.total


def test_an_epilogue_that_does_not_return_is_no_way_out() -> None:
    kernel = make_kernel()

    def deaf(sys: SystemCalls) -> None:
        sys.area.epilogue = lambda: hog(sys)
        hog(sys)

    environment = kernel.spawn(deaf)
    kernel.run()
    assert isinstance(environment.failure, Aborted)


def test_sleeping_on_what_holds_already_is_not_yielding() -> None:
    kernel = make_kernel()

    def deaf(sys: SystemCalls) -> None:
        sys.area.epilogue = lambda: None
        while True:
            sys.compute(costs.TICK)
            sys.sleep((((0, "==", 0),),))

    environment = kernel.spawn(deaf)
    kernel.run()
    assert isinstance(environment.failure, Aborted)


def test_excess_time_forfeits_slices() -> None:
    kernel = make_kernel()

    def slow(sys: SystemCalls) -> None:
        def epilogue() -> None:
            sys.compute(40 * SLICE)
            sys.give_way()

        sys.area.epilogue = epilogue
        hog(sys)

    slow_one, other = kernel.spawn(slow), kernel.spawn(hog)
    run_for(kernel, 1000 * SLICE)
    assert slow_one.alive
    assert share(slow_one, [slow_one, other]) == pytest.approx(0.5, abs=0.05)


@pytest.mark.parametrize("entry", ["epilogue", "prologue"])
@pytest.mark.parametrize("value", [5, "text", lambda: 1 / 0, lambda unwanted: None])
def test_an_entry_point_that_faults_ends_its_owner_only(entry: str, value: object) -> None:
    kernel = make_kernel()

    def faulty(sys: SystemCalls) -> None:
        setattr(sys.area, entry, value)
        hog(sys)

    environment, other = kernel.spawn(faulty), kernel.spawn(lambda sys: sys.compute(10 * SLICE))
    kernel.run()
    assert isinstance(environment.failure, (TypeError, ZeroDivisionError))
    assert other.failure is None
    assert other.cycles >= 10 * SLICE


def test_directed_yield_gives_the_rest_of_the_slice() -> None:
    kernel = make_kernel()
    order: list[str] = []

    def say(name: str) -> Callable[[SystemCalls], None]:
        def program(sys: SystemCalls) -> None:
            order.append(name)
            sys.sleep(())

        return program

    def first(sys: SystemCalls) -> None:
        sys.give_way(third.id)
        order.append("first again")

    kernel.spawn(first)
    kernel.spawn(say("second"))
    third = kernel.spawn(say("third"))
    kernel.run()
    assert order == ["third", "second", "first again"]


def test_an_environment_without_a_quantum_runs_on_what_it_is_given() -> None:
    kernel = make_kernel()
    poor = kernel.spawn(hog, quanta=0)
    run_for(kernel, 10 * SLICE)
    assert poor.cycles == 0
    sys = kernel.enter(kernel.create())
    sys.give_way(poor.id)
    assert 0 < poor.cycles <= REFILL


def test_home_without_a_quantum_runs_when_it_calls() -> None:
    kernel = make_kernel()
    sys = kernel.enter(kernel.create(quanta=0))
    for _ in range(100):
        sys.compute(SLICE)
    assert kernel.clock.now >= 100 * SLICE


def test_home_acts_as_several_and_none_gets_the_time_of_programs() -> None:
    kernel = make_kernel()
    first, second = kernel.enter(kernel.create()), kernel.enter(kernel.create())
    program = kernel.spawn(hog)
    for _ in range(3000):
        first.compute(costs.TICK // 10)
        second.compute(costs.TICK // 10)
    assert program.cycles >= kernel.clock.now * 0.3


def test_the_clock_jumps_while_everybody_sleeps() -> None:
    kernel = make_kernel()
    sys = kernel.enter(kernel.create())
    due = 10**15 + 7
    sys.sleep((((KernelWord.CLOCK, ">=", due),),))
    assert due <= sys.now < due + 10_000


def test_alarms_of_every_operator_end_a_sleep() -> None:
    for name, wakes in ((">=", 0), (">", 1)):
        kernel = make_kernel()
        sys = kernel.enter(kernel.create())
        sys.sleep((((KernelWord.CLOCK, name, 10**9),),))
        assert sys.now == pytest.approx(10**9 + wakes, abs=10_000)


def test_events_end_a_sleep() -> None:
    kernel = make_kernel()
    environment = kernel.create()
    sys = kernel.enter(environment)
    sys.area.words[3] = 2
    for time in (10**6, 10**7):
        kernel.clock.schedule(time, lambda: environment.count_down(3))
    sys.wait(3)
    assert 10**7 <= sys.now < 10**7 + 10_000
    environment.count_down(3)
    assert sys.area.words[3] == 0


def test_a_call_that_blocks_lets_others_run() -> None:
    kernel = make_kernel()
    sys = kernel.enter(kernel.create())
    sys.null()
    program = kernel.spawn(lambda other: other.compute(10**6))
    done: list[int] = []
    kernel.clock.schedule(kernel.clock.now + 10**8, lambda: done.append(kernel.clock.now))
    kernel.block(lambda: bool(done))
    assert not program.alive
    assert done[0] >= 10**8


def test_no_upcall_comes_while_a_call_waits_in_the_kernel() -> None:
    kernel = make_kernel()
    environment = kernel.create()
    sys = kernel.enter(environment)
    sys.null()
    log: list[str] = []
    sys.area.revocation = lambda: log.append("revocation")
    environment.revoked = True
    kernel.clock.schedule(10**8, lambda: log.append("device"))
    kernel.block(lambda: "device" in log)
    sys.null()
    kernel.scheduler.interrupt_at = 0
    sys.null()
    assert log == ["device", "revocation"]


def test_the_kernel_itself_waits_for_events_only() -> None:
    kernel = make_kernel()
    done: list[int] = []
    kernel.clock.schedule(10**8, lambda: done.append(kernel.clock.now))
    kernel.block(lambda: bool(done))
    assert done == [10**8]


def test_a_wait_that_cannot_end_is_refused() -> None:
    kernel = make_kernel()
    sys = kernel.enter(kernel.create())
    kernel.spawn(sleeper)
    assert refused(lambda: sys.sleep(())) is Code.DEADLOCK
    assert refused(lambda: sys.sleep((((KernelWord.CLOCK, "<", 1),),))) is Code.DEADLOCK
    sys.null()


def test_programs_that_wait_for_ever_do_not_keep_run_from_returning() -> None:
    kernel = make_kernel()
    environment = kernel.spawn(sleeper)
    kernel.run()
    assert environment.alive
    assert kernel.enter(kernel.create()).environment_info(environment.id).state == "asleep"


def test_sleepers_wake_each_other() -> None:
    kernel = make_kernel()
    log: list[str] = []
    ids: list[int] = []

    def player(me: int) -> Callable[[SystemCalls], None]:
        def program(sys: SystemCalls) -> None:
            for turn in range(5):
                sys.sleep((((0, "==", turn + 1),),))
                log.append(f"{me}{turn}")
                sys.area_write(ids[1 - me], 0, turn + 1 + me)

        return program

    ids += [kernel.spawn(player(0)).id, kernel.spawn(player(1)).id]
    kernel.enter(kernel.create()).area_write(ids[0], 0, 1)
    kernel.run()
    assert log == [f"{me}{turn}" for turn in range(5) for me in (0, 1)]


def test_home_that_acts_as_another_in_an_upcall_comes_back_as_itself() -> None:
    kernel = make_kernel()
    first, second = kernel.create(), kernel.enter(kernel.create())
    sys = kernel.enter(first)
    sys.area.prologue = second.null
    for _ in range(20):
        sys.compute(SLICE)
        assert kernel.current is first


def test_who_logs_in_where_no_time_is_left_leaves_nothing() -> None:
    kernel = make_kernel(4096)
    while refused(kernel.create) is None:
        pass
    environments = len(kernel.environments)
    assert refused(kernel.create) is Code.QUOTA
    assert len(kernel.environments) == environments
    assert kernel.create(quanta=0).alive


def test_the_vector_is_not_one_principals() -> None:
    kernel = make_kernel()
    greedy = kernel.enter(kernel.create())
    taken = sum(refused(lambda n=number: greedy.quantum_allocate(n)) is None for number in range(QUANTA))
    assert taken + 1 == 63
    modest = kernel.enter(kernel.create())
    assert refused(lambda: modest.quantum_allocate(120)) is None


def test_a_quantum_that_is_given_away_stays_the_givers_to_pay_and_to_take_back() -> None:
    kernel = make_kernel()
    giver, taker = kernel.create(), kernel.create(quanta=0)
    sys = kernel.enter(giver)
    number = giver.quanta[0]
    sys.quantum_give(number, taker.id)
    assert (giver.quanta, taker.quanta) == ([], [number])
    assert sys.quantum_get(number).owner == taker.id
    assert (giver.account.used[Resource.QUANTA], taker.account.used[Resource.QUANTA]) == (1, 0)
    sys.quantum_free(number)
    assert taker.quanta == []
    sys.quantum_allocate(9)
    sys.quantum_give(9, taker.id)
    sys.environment_free(giver.id)
    assert taker.quanta == []
    assert kernel.quanta.occupied == 0


def test_the_time_that_one_takes_is_counted_to_it() -> None:
    kernel = make_kernel()
    environment = kernel.spawn(lambda sys: sys.compute(5 * SLICE))
    kernel.run()
    assert environment.cycles == pytest.approx(5 * SLICE, rel=0.01)
