"""Every workload of ACE, and every sequence of one operation, on both file systems, crashed at every write.

`make test` runs each workload on one of eight machines with C-FFS, and one of eight with FFS, and the next
one on the next: with storms (`test_storms.py`) more than 20,000 crash states. `make test-long` runs each on
all sixteen, each sequence of two operations on four (`_deal`), and samples of three: more than a million.
`summary.py` counts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import cycle, islice
from pathlib import Path
from typing import TypeVar

import pytest

from tests.crash.ace import read_all, read_file
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
Item = TypeVar("Item")

CASES = sorted((Path(__file__).parent / "cases").iterdir())


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


@pytest.mark.parametrize("system", ("cffs", "ffs"))
def test_ace(system: str, library: RememberingLibrary, record_property: Record) -> None:
    report = _run_turns(read_all(), [each for each in USUAL if each.system == system], 1, library)
    _expect_nothing(report, record_property)
    assert report.total.distinct > 3_500


def test_sequences(library: RememberingLibrary, record_property: Record) -> None:
    """All of one operation, some of two and three."""
    some = [*islice(generate_sequences(2), 5, None, 200), *sample_sequences(3, 20, 0)]
    report = _run_turns([*generate_sequences(1), *some], USUAL, 1, library)
    _expect_nothing(report, record_property)
    assert report.total.distinct > 2_900


def test_cases(library: RememberingLibrary, record_property: Record) -> None:
    """What sequences do not reach: links in every sector of a directory, files that lose names one by one."""
    report = _run_turns(map(read_file, CASES), USUAL, 3, library)
    _expect_nothing(report, record_property)
    assert report.total.workloads == 3 * len(CASES) >= 21


def test_making_file_systems(library: RememberingLibrary, record_property: Record) -> None:
    _expect_nothing(run_crash_tests([MAKE], USUAL, library=library), record_property)


def _deal(pairs: Iterable[Item], machine: Configuration) -> Iterator[Item]:
    """Return the sequences of two operations that a machine runs: every fourth."""
    return islice(pairs, USUAL.index(machine) % 4, None, 4)


@pytest.mark.parametrize("synchronous", (False, True), ids=("delayed", "sync"))
@pytest.mark.parametrize("system", ("cffs", "ffs"))
def test_each_file_system_is_dealt_all_pairs(system: str, synchronous: bool) -> None:
    machines = [each for each in USUAL if (each.system, each.synchronous) == (system, synchronous)]
    assert sorted(pair for machine in machines for pair in _deal(range(9640), machine)) == list(range(9640))


@pytest.mark.long
@pytest.mark.parametrize("machine", USUAL, ids=lambda machine: machine.name)
def test_all_workloads_on_every_machine(
    machine: Configuration, library: RememberingLibrary, record_property: Record
) -> None:
    """Sixteen times some 70,000 states."""
    workloads = [
        *read_all(),
        *generate_sequences(1),
        *_deal(generate_sequences(2), machine),
        *sample_sequences(3, 250, USUAL.index(machine)),
    ]
    report = run_crash_tests(workloads, [machine], library=library)
    _expect_nothing(report, record_property)
    assert report.total.workloads == len(workloads) == 218 + 85 + 9640 // 4 + 250
    assert report.total.distinct > 50_000
