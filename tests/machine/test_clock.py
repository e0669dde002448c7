"""Events run at their times, in order, whoever lets time pass."""

from __future__ import annotations

from functools import partial

from hypothesis import given
from hypothesis import strategies as st

from vm.machine.clock import Clock


def test_time_passes_without_events() -> None:
    clock = Clock()
    clock.advance(5)
    clock.advance(0)
    assert clock.now == 5
    assert clock.next_at is None
    assert not clock.run_next()
    assert clock.now == 5


def test_an_event_runs_at_its_time_and_not_before() -> None:
    clock = Clock()
    seen: list[int] = []
    clock.schedule(10, lambda: seen.append(clock.now))
    assert clock.next_at == 10
    clock.advance(9)
    assert not seen
    clock.advance(1)
    assert seen == [10]
    assert clock.next_at is None


def test_ties_run_in_the_order_of_scheduling() -> None:
    clock = Clock()
    seen: list[str] = []
    for name in "abcde":
        clock.schedule(7, partial(seen.append, name))
    clock.schedule(3, lambda: seen.append("first"))
    clock.advance(7)
    assert seen == ["first", *"abcde"]


def test_an_event_may_schedule_one_for_the_same_time() -> None:
    clock = Clock()
    seen: list[str] = []

    def act() -> None:
        seen.append("a")
        clock.schedule(4, lambda: seen.append("c"))

    clock.schedule(4, act)
    clock.schedule(4, lambda: seen.append("b"))
    clock.advance(4)
    assert seen == ["a", "b", "c"]


def test_an_event_in_the_past_runs_as_soon_as_time_passes() -> None:
    clock = Clock()
    clock.advance(10)
    seen: list[int] = []
    clock.schedule(3, lambda: seen.append(clock.now))
    clock.advance(0)
    assert seen == [10]
    clock.schedule(3, lambda: seen.append(clock.now))
    assert clock.run_next()
    assert clock.now == 10


def test_who_is_interrupted_ends_later() -> None:
    clock = Clock()
    seen: list[int] = []

    def interrupt() -> None:
        clock.advance(100)
        seen.append(clock.now)

    clock.schedule(10, interrupt)
    clock.schedule(50, lambda: seen.append(clock.now))  # masked until 110
    clock.advance(20)
    assert seen == [110, 110]
    assert clock.now == 120


def test_time_jumps_to_the_next_event() -> None:
    clock = Clock()
    seen: list[int] = []
    for when in (30, 10, 20):
        clock.schedule(when, lambda: seen.append(clock.now))
    while clock.run_next():
        pass
    assert seen == [10, 20, 30]
    assert clock.now == 30


def test_an_action_cannot_run_events() -> None:
    clock = Clock()
    seen: list[bool] = []
    clock.schedule(1, lambda: seen.append(clock.run_next()))
    clock.schedule(2, lambda: None)
    assert clock.run_next()
    assert seen == [False]
    assert clock.next_at == 2


def test_an_action_that_fails_leaves_the_clock_in_order() -> None:
    clock = Clock()

    def fail() -> None:
        raise KeyError

    seen: list[int] = []
    clock.schedule(1, fail)
    clock.schedule(2, lambda: seen.append(clock.now))
    try:
        clock.advance(5)
    except KeyError:
        clock.advance(5)
    assert seen == [2]


@given(st.lists(st.integers(0, 50)), st.lists(st.integers(0, 20)))
def test_events_run_sorted_however_time_passes(times: list[int], steps: list[int]) -> None:
    clock = Clock()
    seen: list[tuple[int, int]] = []
    for number, when in enumerate(times):
        clock.schedule(when, partial(seen.append, (when, number)))
    for step in steps:
        clock.advance(step)
        assert [when for when, _ in seen] == sorted(when for when in times if when <= clock.now)
    while clock.run_next():
        pass
    assert seen == sorted((when, number) for number, when in enumerate(times))
