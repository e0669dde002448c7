"""The runner: the same states for the same seed; what it finds can be saved and run again."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable
from itertools import islice
from pathlib import Path

import pytest

from runtime.diagnostic import Refused
from runtime.source import Source
from vm.crash.configuration import ALL, STORMS, USUAL, Configuration, read_configuration
from vm.crash.generate import generate_sequences
from vm.crash.parse import decode_workload, parse_workload
from vm.crash.planted.kernel import KERNEL_BUGS
from vm.crash.remember import RememberingLibrary
from vm.crash.report import Report, describe_report, render_report
from vm.crash.run import WorkerLost, reproduce, run_crash_tests
from vm.crash.states import Moment
from vm.crash.tester import CrashTester
from vm.crash.violation import Crash, read_crash, write_violation
from vm.crash.workload import Workload, make_storm

MACHINES = [
    read_configuration(f"{system}-cached-walked") for system in ("cffs-grouped-delayed", "ffs-spread-sync")
]
CREATE = Path(__file__).parent / "planted" / "create.ace"
TAINT = next(bug for bug in KERNEL_BUGS if bug.name == "taint-unchecked")


def test_configurations_are_known_by_their_names() -> None:
    assert len(ALL) == 32
    assert len(USUAL) == 16
    for configuration in (*ALL, *STORMS):
        assert read_configuration(configuration.name) == configuration
    with pytest.raises(Refused, match="no configuration"):
        read_configuration("cffs-grouped")


def test_reports_depend_on_the_seed_alone(library: RememberingLibrary) -> None:
    def test(seed: int, processes: int) -> dict[str, object]:
        workloads = islice(generate_sequences(1), 0, None, 17)
        return describe_report(
            run_crash_tests(workloads, MACHINES, seed=seed, library=library, processes=processes)
        )

    assert test(0, 1) == test(0, 1) == test(0, 2)
    assert test(0, 1) != test(1, 1)


def _fail() -> None:
    raise ValueError("a bug of the crash tester")


ENDS: dict[str, tuple[Callable[[], None], str]] = {
    "killed": (lambda: os.kill(os.getpid(), signal.SIGKILL), "was killed by signal 9"),
    "failed": (_fail, "failed with status 1"),
    "left": (lambda: os._exit(0), "failed with status 0"),
}


@pytest.mark.parametrize("good", (0, 1, 2))
@pytest.mark.parametrize("end, why", ENDS.values(), ids=ENDS)
def test_a_process_that_is_lost_ends_the_run(
    end: Callable[[], None], why: str, good: int, library: RememberingLibrary, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second process does `good` runs, then no more: what the others do is not the whole answer."""
    workloads = [make_storm(number, 5) for number in range(6)]
    real, unlucky = CrashTester.test_run, workloads[2 * good + 1]

    def test_run(tester: CrashTester, workload: Workload, machine: Configuration) -> Report:
        if workload == unlucky:
            end()
        return real(tester, workload, machine)

    monkeypatch.setattr(CrashTester, "test_run", test_run)
    with pytest.raises(WorkerLost, match=f"a process {why} before its work was done"):
        run_crash_tests(workloads, STORMS[:1], library=library, processes=2)


def test_what_a_process_refuses_is_refused(library: RememberingLibrary) -> None:
    for processes in (1, 2):
        with pytest.raises(Refused, match="no storm") as refused:
            run_crash_tests(
                islice(generate_sequences(1), 3), STORMS[:1], library=library, processes=processes
            )
        assert refused.value.diagnostics[0].code == "ACE008"


def test_more_processes_than_work(library: RememberingLibrary) -> None:
    report = run_crash_tests([make_storm(1, 5)], STORMS[:1], library=library, processes=3)
    assert report.total.workloads == 1


def test_a_budget_ends_a_run(library: RememberingLibrary) -> None:
    seen: list[int] = []
    report = run_crash_tests(
        generate_sequences(2), MACHINES, 100, progress=lambda done, _: seen.append(done), library=library
    )
    assert 100 <= report.total.distinct < 250
    assert seen == sorted(seen)
    assert seen[-1] == report.total.distinct
    assert all(count < 100 for count in seen[:-1])


def test_violations_are_saved_and_reproduced(library: RememberingLibrary) -> None:
    workload = parse_workload(decode_workload("create", CREATE.read_bytes()))
    report = run_crash_tests([workload], MACHINES, library=library, bug=TAINT)
    assert report.violations
    for violation in report.violations[:3]:
        source = Source("saved", write_violation(violation))
        assert read_crash(source) == violation.crash
        assert reproduce(source, library) == []
        with TAINT.plant():
            assert violation in reproduce(source, library)
    text = render_report(report)
    assert f"create on {MACHINES[0].name}, cut=" in text
    assert report.violations[0].breach.details in text
    assert json.loads(json.dumps(describe_report(report)))["total"]["violations"] == report.total.violations


def test_bugs_are_taken_out_again(library: RememberingLibrary) -> None:
    workload = parse_workload(decode_workload("create", CREATE.read_bytes()))
    assert run_crash_tests([workload], MACHINES, library=library, bug=TAINT, fail_fast=True).violations
    assert not run_crash_tests([workload], MACHINES, library=library).violations


REFUSED = {
    "no system": "# crash: cut=3 choice=none\n",
    "unknown system": "# crash: system=ntfs\n",
    "no number": "# crash: system={0} cut=x\n",
    "no choice": "# crash: system={0} cut=3 choice=12:xyz\n",
    "no such event": "# crash: system={0} cut=999999\n",
    "not pending": "# crash: system={0} cut=0 choice=1:ff\n",
    "no storm": "# crash: name=breeze system=storm-spread-delayed-cached-walked cut=0\n",
}


@pytest.mark.parametrize("head", REFUSED.values(), ids=REFUSED)
def test_texts_that_tell_of_no_crash_are_refused(head: str, library: RememberingLibrary) -> None:
    text = head.format(MACHINES[0].name) + CREATE.read_text()
    with pytest.raises(Refused) as refused:
        reproduce(Source("saved", text), library)
    assert refused.value.diagnostics[0].code == "ACE008"
    assert refused.value.diagnostics[0].span.source.name in ("saved", "breeze")


def test_a_storm_is_known_by_its_name(library: RememberingLibrary) -> None:
    source = Source(
        "s", f"# crash: name=storm-3-20 system={STORMS[0].name}\n# crash: cut=0 choice=none\n# define\n"
    )
    assert read_crash(source) == Crash(make_storm(3, 20), STORMS[0], (Moment(0, ()),))
    assert reproduce(source, library) == []
