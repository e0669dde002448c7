"""Whatever an environment does to XN, a crash breaks none of XN's promises."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.crash.summary import count
from vm.crash.configuration import STORMS, Configuration
from vm.crash.machines import SLOW, make_base, start, switch_on
from vm.crash.remember import RememberingLibrary
from vm.crash.report import render_report
from vm.crash.run import run_crash_tests
from vm.crash.storm import Storm
from vm.crash.workload import MAKE, make_storm
from vm.machine.store import MemoryStore

Record = Callable[[str, object], None]


@pytest.mark.parametrize("machine", STORMS, ids=lambda machine: machine.name)
def test_storms(machine: Configuration, library: RememberingLibrary, record_property: Record) -> None:
    workloads = [MAKE, *(make_storm(seed, 150) for seed in range(6))]
    report = run_crash_tests(workloads, [machine], library=library)
    count(report, record_property)
    assert not report.violations, render_report(report)
    assert report.total.distinct > 2_000


def test_a_storm_does_a_lot_and_is_refused_some(library: RememberingLibrary) -> None:
    machine = STORMS[0]
    session = start(switch_on(MemoryStore(make_base(machine, library)), machine, SLOW), library)
    storm = Storm(session.login(), 3)
    storm.blow(300)
    assert 30 < storm.refusals < 600
    assert len(storm.ledger.contents) > 20
    assert storm.ledger.obligations
    assert storm.ledger.gone
    storm.settle()


@pytest.mark.long
@pytest.mark.parametrize("machine", STORMS, ids=lambda machine: machine.name)
@pytest.mark.parametrize("decade", range(4))
def test_many_storms(
    decade: int, machine: Configuration, library: RememberingLibrary, record_property: Record
) -> None:
    workloads = [make_storm(1000 + 10 * decade + number, 400) for number in range(10)]
    report = run_crash_tests(workloads, [machine], library=library, mixtures=6)
    count(report, record_property)
    assert not report.violations, render_report(report)
    assert report.total.distinct > 10_000
