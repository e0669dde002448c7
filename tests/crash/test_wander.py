"""Workloads that wander: the same for each seed, of all operations; nothing that they do breaks a promise."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import pytest

from runtime.source import Source
from tests.crash.summary import count
from vm.crash.apply import ModelRun
from vm.crash.configuration import USUAL
from vm.crash.operation import Close, Operation
from vm.crash.parse import parse_workload
from vm.crash.remember import RememberingLibrary
from vm.crash.report import Report, render_report
from vm.crash.run import MIXTURES
from vm.crash.tester import CrashTester
from vm.crash.violation import write_violation
from vm.crash.wander import FEWEST, draw_workload
from vm.crash.write import write_workload

Record = Callable[[str, object], None]
SOME = [draw_workload(seed) for seed in range(100)]


def test_a_seed_says_all() -> None:
    assert [draw_workload(seed) for seed in range(100)] == SOME
    assert len({workload.run for workload in SOME}) == 100


def test_they_survive_their_text_form() -> None:
    for workload in SOME:
        assert parse_workload(Source(workload.name, write_workload(workload))) == workload


def test_every_operation_can_be_done() -> None:
    for workload in SOME:
        assert len(workload.run) > FEWEST
        run = ModelRun()
        for time, operation in enumerate(workload.run, 1):
            assert run.runs(operation)
            run.apply(operation, time)


def test_all_kinds_of_operations_occur_and_none_prevails() -> None:
    kinds: dict[type[Operation], int] = {}
    for workload in SOME:
        for operation in workload.run:
            kinds[type(operation)] = kinds.get(type(operation), 0) + 1
    assert len(kinds) == 13
    assert min(kinds.values()) >= 20
    assert max(kinds.values()) < sum(kinds.values()) / 4
    assert any(sum(isinstance(each, Close) for each in workload.run) == 0 for workload in SOME)


def _test(seeds: Iterable[int], each: int, library: RememberingLibrary, record_property: Record) -> Report:
    """Run each workload on `each` machines, the next one on others."""
    report, tester = Report(), CrashTester(library, 0, MIXTURES)
    for seed in seeds:
        for turn in range(each):
            machine = USUAL[(7 * seed + 16 // each * turn) % len(USUAL)]
            report.add(tester.test_run(draw_workload(seed), machine))
    count(report, record_property)
    assert not report.violations, render_report(report) + "\n" + write_violation(report.violations[0])
    return report


def test_nothing_is_broken(library: RememberingLibrary, record_property: Record) -> None:
    """One half on C-FFS, one on FFS."""
    assert _test(range(24), 1, library, record_property).total.distinct > 900


@pytest.mark.long
@pytest.mark.parametrize("hundred", range(1, 11))
def test_nothing_is_broken_by_many(
    hundred: int, library: RememberingLibrary, record_property: Record
) -> None:
    seeds = range(100 * hundred, 100 * hundred + 100)
    assert _test(seeds, 2, library, record_property).total.distinct > 7_000
