"""Robust critical sections: the end of a slice waits for the end of the section, up to a point."""

from __future__ import annotations

from tests.xok.world import make_kernel
from vm.machine import costs
from vm.xok.critical import Critical
from vm.xok.kernel import Aborted
from vm.xok.limits import QUANTUM_TICKS
from vm.xok.syscalls import SystemCalls

SLICE = QUANTUM_TICKS * costs.TICK


def test_nobody_else_runs_in_a_section_and_leaving_yields() -> None:
    kernel = make_kernel()
    log: list[str] = []

    def careful(sys: SystemCalls) -> None:
        critical = Critical(sys)
        with critical:
            for _ in range(5):
                sys.compute(SLICE)
                log.append("inside")
            with critical:
                sys.compute(SLICE)
            log.append("still inside")
        log.append("outside")

    kernel.spawn(careful)
    kernel.spawn(lambda sys: log.append("other"))
    kernel.run()
    assert log == ["inside"] * 5 + ["still inside", "other", "outside"]


def test_without_an_interruption_leaving_does_not_yield() -> None:
    kernel = make_kernel()
    log: list[str] = []

    def careful(sys: SystemCalls) -> None:
        critical = Critical(sys)
        for _ in range(3):
            with critical:
                sys.compute(1000)
            log.append("outside")

    kernel.spawn(careful)
    kernel.spawn(lambda sys: log.append("other"))
    kernel.run()
    assert log == ["outside"] * 3 + ["other"]


def test_outside_a_section_the_epilogue_yields() -> None:
    kernel = make_kernel()
    log: list[str] = []

    def careful(sys: SystemCalls) -> None:
        Critical(sys)
        sys.compute(2 * SLICE)
        log.append("careful")

    kernel.spawn(careful)
    kernel.spawn(lambda sys: log.append("other"))
    kernel.run()
    assert log == ["other", "careful"]


def test_a_section_that_does_not_end_is_aborted_and_locks_nobody_out() -> None:
    kernel = make_kernel()

    def stuck(sys: SystemCalls) -> None:
        with Critical(sys):
            while True:
                sys.compute(SLICE)

    environment, other = kernel.spawn(stuck), kernel.spawn(lambda sys: sys.compute(SLICE))
    kernel.run()
    assert isinstance(environment.failure, Aborted)
    assert other.failure is None


def test_an_error_inside_leaves_the_section() -> None:
    kernel = make_kernel()
    sys = kernel.enter(kernel.create())
    critical = Critical(sys)
    try:
        with critical:
            raise KeyError
    except KeyError:
        assert sys.area.in_critical == 0
