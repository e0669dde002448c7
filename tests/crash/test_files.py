"""Every workload of ACE, and every sequence of one operation, on both file systems, crashed at every write.

`make test` runs each workload on four of the sixteen machines, and the next one on another four: more than
20,000 crash states. `make test-long` runs each on all sixteen, and all sequences of two operations on some:
more than a million.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import cycle, islice

import pytest

from tests.crash.ace import SHARED, read_all
from tests.crash.summary import count
from vm.crash.configuration import USUAL, Configuration
from vm.crash.generate import generate_sequences, sample_sequences
from vm.crash.remember import RememberingLibrary
from vm.crash.report import Report, render_report
from vm.crash.run import MIXTURES, run_crash_tests
from vm.crash.tester import CrashTester
from vm.crash.violation import write_violation
from vm.crash.workload import MAKE, Workload

Record = Callable[[str, object], None]

SYSTEMS = ("cffs-grouped-delayed", "cffs-grouped-sync", "ffs-spread-delayed", "ffs-spread-sync")


def _choose(system: str) -> list[Configuration]:
    """Return a file system's four machines: with and without write cache, and ordered map."""
    return [each for each in USUAL if each.name.startswith(system)]


def _run_turns(
    workloads: Iterable[Workload], machines: Sequence[Configuration], each: int, library: RememberingLibrary
) -> Report:
    """Run each workload on `each` of `machines`, the next one on the next."""
    report, tester = Report(), CrashTester(library, 0, MIXTURES)
    turns = cycle(machines)
    for workload in workloads:
        for machine in islice(turns, each):
            report.add(tester.test_run(workload, machine))
    return report


def _expect_nothing(report: Report, record_property: Record) -> None:
    count(report, record_property)
    assert not report.violations, render_report(report) + "\n" + write_violation(report.violations[0])


@pytest.mark.parametrize("system", SYSTEMS)
def test_ace(system: str, library: RememberingLibrary, record_property: Record) -> None:
    report = _run_turns(read_all(), _choose(system), 1, library)
    _expect_nothing(report, record_property)
    assert report.total.distinct > (3_000 if SHARED.is_dir() else 50)


def test_sequences(library: RememberingLibrary, record_property: Record) -> None:
    """All of one operation, some of two and three."""
    some = [*islice(generate_sequences(2), 5, None, 200), *sample_sequences(3, 20, 0)]
    report = _run_turns([*generate_sequences(1), *some], USUAL, 1, library)
    _expect_nothing(report, record_property)
    assert report.total.distinct > 2_500


def test_making_file_systems(library: RememberingLibrary, record_property: Record) -> None:
    _expect_nothing(run_crash_tests([MAKE], USUAL, library=library), record_property)


@pytest.mark.long
@pytest.mark.parametrize("machine", USUAL, ids=lambda machine: machine.name)
def test_all_workloads_on_every_machine(
    machine: Configuration, library: RememberingLibrary, record_property: Record
) -> None:
    """Sixteen times some 60,000 states."""
    turn = USUAL.index(machine)
    workloads = [
        *read_all(),
        *generate_sequences(1),
        *islice(generate_sequences(2), turn % 4, None, 4),
        *sample_sequences(3, 250, turn),
    ]
    report = run_crash_tests(workloads, [machine], library=library)
    _expect_nothing(report, record_property)
    assert report.total.distinct > 50_000
