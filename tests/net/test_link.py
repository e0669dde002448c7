"""Links: times, order, and what they do to frames; all of it follows from the seed."""

from __future__ import annotations

import pytest

from vm.machine import costs
from vm.machine.clock import Clock
from vm.machine.link import SPREAD, Link, LinkParameters, line_cycles


class _End:
    def __init__(self, parameters: LinkParameters) -> None:
        self.clock = Clock()
        self.frames: list[tuple[int, bytes]] = []
        self.link = Link(self.clock, parameters, lambda frame: self.frames.append((self.clock.now, frame)))

    def send(self, count: int) -> None:
        for number in range(count):
            while self.link.is_full:
                assert self.clock.run_next()
            assert self.link.send(number.to_bytes(4, "big"))
        while self.clock.run_next():
            pass


def test_a_frame_takes_its_time_on_the_line_and_the_latency() -> None:
    end = _End(LinkParameters(rate=10_000_000, latency=500))
    end.link.send(bytes(1514))
    end.link.send(b"short")
    while end.clock.run_next():
        pass
    first = (1514 + 24) * 8 * 20  # 20 cycles of 200 MHz to a bit
    assert [when for when, _ in end.frames] == [first + 500, first + (60 + 24) * 8 * 20 + 500]


def test_a_line_without_rate_takes_no_time() -> None:
    assert line_cycles(1514, 0) == 0
    assert line_cycles(60, costs.CYCLES_PER_SECOND) == 8 * 84


def test_a_quiet_link_keeps_order_and_loses_nothing() -> None:
    end = _End(LinkParameters())
    end.send(100)
    assert [int.from_bytes(frame, "big") for _, frame in end.frames] == list(range(100))


def test_a_full_queue_is_refused_and_counted() -> None:
    end = _End(LinkParameters(queue=2))
    assert [end.link.send(b"x") for _ in range(4)] == [True, True, False, False]
    assert (end.link.counts.sent, end.link.counts.refused) == (2, 2)


@pytest.mark.parametrize("seed", range(3))
def test_what_happens_adds_up_and_is_about_as_often_as_asked(seed: int) -> None:
    end = _End(LinkParameters(loss=100_000, duplication=50_000, reordering=200_000, seed=seed))
    end.send(4000)
    counts = end.link.counts
    assert counts.delivered == len(end.frames) == counts.sent - counts.lost + counts.duplicated
    assert 300 < counts.lost < 500
    assert 120 < counts.duplicated < 260
    assert 600 < counts.reordered < 860
    numbers = [int.from_bytes(frame, "big") for _, frame in end.frames]
    assert numbers != sorted(numbers)
    late = max(sorted(numbers[: place + 1])[-1] - number for place, number in enumerate(numbers))
    assert late * line_cycles(4, costs.LINK_RATE) <= 2 * SPREAD + line_cycles(4, costs.LINK_RATE)


def test_the_same_seed_does_the_same() -> None:
    runs = []
    for seed in (7, 7, 8):
        end = _End(LinkParameters(loss=100_000, duplication=100_000, reordering=100_000, seed=seed))
        end.send(300)
        runs.append(end.frames)
    assert runs[0] == runs[1] != runs[2]
