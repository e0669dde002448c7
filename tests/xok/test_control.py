"""Protected control transfer: arguments, answers, time, and callees of every bad kind."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.xok.world import World, make_kernel, refused
from vm.machine import costs
from vm.xok.area import Words
from vm.xok.limits import DONATIONS, QUANTUM_TICKS
from vm.xok.refusal import Code
from vm.xok.syscalls import SystemCalls

SLICE = QUANTUM_TICKS * costs.TICK


def serve(handle: Callable[[SystemCalls, int, Words, Words], Words]) -> Callable[[SystemCalls], None]:
    def program(sys: SystemCalls) -> None:
        sys.area.service = lambda caller, arguments, copied: handle(sys, caller, arguments, copied)
        sys.area.message = sys.area.service
        sys.sleep(())

    return program


def test_arguments_arrive_and_the_answer_comes_back() -> None:
    kernel = make_kernel()
    calls: list[tuple[int, Words, Words]] = []

    def handle(sys: SystemCalls, caller: int, arguments: Words, copied: Words) -> Words:
        calls.append((caller, arguments, copied))
        return tuple(reversed(copied))

    server = kernel.spawn(serve(handle))
    sys = kernel.enter(kernel.create())
    sys.give_way()
    assert sys.ipc_call(server.id, (1, 2, 3, 4, 5), tuple(range(16))) == tuple(range(15, -1, -1))
    assert calls == [(sys.environment_id(), (1, 2, 3, 4, 5), tuple(range(16)))]


def test_the_caller_waits_and_its_slices_are_the_callees() -> None:
    kernel = make_kernel()

    def handle(sys: SystemCalls, caller: int, arguments: Words, copied: Words) -> Words:
        sys.compute(10 * SLICE)
        return ()

    server = kernel.spawn(serve(handle))
    other = kernel.spawn(lambda sys: sys.compute(1000 * SLICE))
    sys = kernel.enter(kernel.create())
    sys.give_way()
    begin = other.cycles
    sys.ipc_call(server.id)
    assert other.cycles - begin <= 6 * SLICE, "the server ran in two of three slots"


def test_asynchronous_calls_go_on_at_once() -> None:
    kernel = make_kernel()
    log: list[str] = []

    def handle(sys: SystemCalls, caller: int, arguments: Words, copied: Words) -> Words:
        log.append("begins")
        sys.compute(9 * SLICE)
        log.append("ends")
        return (7,)

    server = kernel.spawn(serve(handle))
    sys = kernel.enter(kernel.create())
    sys.give_way()
    assert sys.ipc_send(server.id, (1,)) is None  # type: ignore[func-returns-value]
    log.append("caller")
    kernel.run()
    assert log == ["begins", "caller", "ends"]


def test_a_callee_serves_one_call_at_a_time_unless_it_allows_more() -> None:
    for allows in (False, True):
        kernel = make_kernel()
        codes: list[object] = []

        def handle(
            sys: SystemCalls, caller: int, arguments: Words, copied: Words, allows: bool = allows
        ) -> Words:
            if arguments == (1,):
                if allows:
                    sys.ipc_allow()
                sys.compute(5 * SLICE)
            return ()

        server = kernel.spawn(serve(handle))

        def second(sys: SystemCalls, codes: list[object] = codes, number: int = server.id) -> None:
            sys.compute(SLICE // 2)
            codes.append(refused(lambda: sys.ipc_call(number)))

        sys = kernel.enter(kernel.create())
        sys.give_way()
        kernel.spawn(second)
        sys.ipc_call(server.id, (1,))
        kernel.run()
        assert codes == [None if allows else Code.NOT_ACCEPTING]


@pytest.mark.parametrize("answer", [5, "text", [1], (-1,), (1 << 64,), (0.5,), tuple(range(22))])
def test_an_answer_that_is_none_is_a_fault_of_the_callee(answer: object) -> None:
    kernel = make_kernel()
    server = kernel.spawn(serve(lambda sys, caller, arguments, copied: answer))  # type: ignore[arg-type,return-value]
    sys = kernel.enter(kernel.create())
    sys.give_way()
    assert refused(lambda: sys.ipc_call(server.id)) is Code.NO_SUCH_ENVIRONMENT
    assert server.failure is not None
    sys.null()


@pytest.mark.parametrize("how", ["error", "free", "hang"])
def test_a_callee_that_ends_answers_by_a_refusal(how: str) -> None:
    kernel = make_kernel()

    def handle(sys: SystemCalls, caller: int, arguments: Words, copied: Words) -> Words:
        if how == "error":
            raise KeyError
        if how == "free":
            sys.environment_free(sys.environment_id())
        sys.area.epilogue = lambda: None
        while True:
            sys.compute(SLICE)

    server = kernel.spawn(serve(handle))
    sys = kernel.enter(kernel.create())
    sys.give_way()
    assert refused(lambda: sys.ipc_call(server.id)) is Code.NO_SUCH_ENVIRONMENT
    assert not server.alive
    sys.null()


def test_a_caller_that_ends_does_not_hurt_the_callee() -> None:
    kernel = make_kernel()
    done: list[int] = []

    def handle(sys: SystemCalls, caller: int, arguments: Words, copied: Words) -> Words:
        sys.compute(5 * SLICE)
        done.append(caller)
        return (1,)

    server = kernel.spawn(serve(handle))
    kernel.run()
    caller = kernel.spawn(lambda sys: sys.ipc_call(server.id) and None)
    home = kernel.enter(kernel.create())
    home.give_way()
    home.environment_free(caller.id)
    kernel.run()
    assert done == [caller.id]
    assert server.alive
    assert home.ipc_call(server.id) == (1,)


def test_a_thousand_calls_do_not_grow_the_stack() -> None:
    kernel = make_kernel()
    server = kernel.spawn(serve(lambda sys, caller, arguments, copied: (arguments[0] + 1,)))
    sys = kernel.enter(kernel.create())
    sys.give_way()
    value = 0
    for _ in range(2000):
        (value,) = sys.ipc_call(server.id, (value,))
    assert value == 2000
    for _ in range(2000):
        sys.ipc_send(server.id, (value,))


def test_a_chain_of_calls_hands_time_on() -> None:
    kernel = make_kernel()
    last = kernel.spawn(serve(lambda sys, caller, arguments, copied: (arguments[0] * 2,)))

    def forward(to: int) -> Callable[[SystemCalls], None]:
        return serve(lambda sys, caller, arguments, copied: sys.ipc_call(to, arguments))

    numbers = [last.id]
    for _ in range(5):
        numbers.append(kernel.spawn(forward(numbers[-1]), quanta=0).id)
    home = kernel.enter(kernel.create())
    for number in numbers:
        home.give_way(number)
    assert home.ipc_call(numbers[-1], (21,)) == (42,)


def test_calling_back_the_caller() -> None:
    kernel = make_kernel()
    home_environment = kernel.create()
    home = kernel.enter(home_environment)
    home.area.service = lambda caller, arguments, copied: (arguments[0] + 1,)
    server = kernel.spawn(
        serve(lambda sys, caller, arguments, copied: sys.ipc_call(caller, (arguments[0] * 10,)))
    )
    home.give_way()
    assert home.ipc_call(server.id, (4,)) == (41,)


def test_two_that_call_each_other_at_once_are_served() -> None:
    kernel = make_kernel()
    answers: list[Words] = []
    ids: list[int] = []

    def peer(me: int) -> Callable[[SystemCalls], None]:
        def program(sys: SystemCalls) -> None:
            sys.area.service = lambda caller, arguments, copied: (me,)
            sys.give_way()
            answers.append(sys.ipc_call(ids[1 - me]))
            sys.sleep(())

        return program

    ids += [kernel.spawn(peer(0)).id, kernel.spawn(peer(1)).id]
    kernel.run()
    assert sorted(answers) == [(0,), (1,)]


def test_who_has_no_entry_or_no_code_is_not_called() -> None:
    world = World()
    assert refused(lambda: world.alice.ipc_call(world.alice_id)) is Code.NOT_ACCEPTING
    assert refused(lambda: world.alice.ipc_call(world.child)) is Code.NOT_ACCEPTING
    world.bob.area.service = lambda caller, arguments, copied: ()
    assert refused(lambda: world.alice.ipc_call(world.bob_id)) is Code.NOT_ACCEPTING, "home is elsewhere"


def test_a_call_in_vain_leaves_nothing_behind() -> None:
    world = World()
    assert refused(lambda: world.alice.ipc_call(world.busy.id)) is Code.DEADLOCK
    assert world.busy.transfers == [None, None]
    assert world.busy.accepting[0]


def test_an_entry_that_is_gone_before_it_is_entered_answers_nothing() -> None:
    kernel = make_kernel()

    def server(sys: SystemCalls) -> None:
        def withdraw() -> None:
            sys.area.service = None

        sys.area.service = lambda caller, arguments, copied: (1,)
        sys.area.revocation = withdraw
        sys.sleep(())

    environment = kernel.spawn(server)
    home = kernel.enter(kernel.create())
    home.give_way()
    environment.revoked = True
    assert home.ipc_call(environment.id) == ()


def test_an_entry_without_an_answer_answers_nothing() -> None:
    kernel = make_kernel()
    server = kernel.spawn(serve(lambda sys, caller, arguments, copied: None))  # type: ignore[arg-type,return-value]
    home = kernel.enter(kernel.create())
    home.give_way()
    assert home.ipc_call(server.id) == ()


def test_time_is_handed_on_through_so_many_calls_and_no_more() -> None:
    """Nobody makes the kernel follow a chain of any length at each turn."""
    kernel = make_kernel()
    last = kernel.spawn(serve(lambda sys, caller, arguments, copied: sys.compute(40 * SLICE) or (1,)))

    def forward(to: int) -> Callable[[SystemCalls], None]:
        return serve(lambda sys, caller, arguments, copied: sys.ipc_call(to))

    numbers = [last.id]
    for _ in range(DONATIONS + 2):
        numbers.append(kernel.spawn(forward(numbers[-1])).id)
    home = kernel.enter(kernel.create())
    home.give_way()
    kernel.quanta.free(last.quanta[0])
    assert home.ipc_call(numbers[-1]) == (1,), "those within reach of the last hand on their time"


def test_home_may_serve_and_be_ended_by_whom_it_answers() -> None:
    kernel = make_kernel()
    host = kernel.create()
    home = kernel.enter(host)
    home.area.service = lambda caller, arguments, copied: (3,)
    answers: list[Words] = []

    def client(sys: SystemCalls) -> None:
        answers.append(sys.ipc_call(host.id))
        sys.environment_free(host.id)

    kernel.spawn(client)
    assert refused(lambda: home.sleep(())) is Code.NO_SUCH_ENVIRONMENT
    assert answers == [(3,)]
