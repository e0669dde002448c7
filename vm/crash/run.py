"""Crash-test workloads on configurations: the functions behind `xok crash` and the tests.

In: workloads, configurations, how much of it. Out: a `Report`. The same arguments give the same report on
every machine, with any number of processes.
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import cycle
from multiprocessing.connection import Connection
from typing import TypeAlias

from runtime.diagnostic import Diagnostic, Refused
from runtime.source import Source
from vm.crash.configuration import Configuration
from vm.crash.report import Report
from vm.crash.tester import Tester
from vm.crash.violation import Violation, read_crash
from vm.crash.workload import Workload
from vm.xn.types import TypeLibrary

Progress: TypeAlias = Callable[[int, str], None]
"""Is told how many crash states are done, and what the last run was."""

_Pair: TypeAlias = tuple[Workload, Configuration]

MIXTURES = 3


def run_crash_tests(
    workloads: Iterable[Workload],
    configurations: Sequence[Configuration],
    budget: int | None = None,
    seed: int = 0,
    progress: Progress | None = None,
    *,
    library: TypeLibrary | None = None,
    mixtures: int = MIXTURES,
    processes: int = 1,
) -> Report:
    """Run each workload on each configuration, and crash it at every write.

    Args:
        workloads: each runs on a disk of its own.
        configurations: all for each workload, before the next one.
        budget: distinct crash states after which no further run begins; None: all.
        seed: of the mixtures.
        progress: is told.
        library: where types are proved; None: they are proved here.
        mixtures: reordered subsets that are drawn at each write, besides those that are always looked at.
        processes: that work at the same time.
    """
    tester = Tester(library or TypeLibrary(), seed, mixtures)
    pairs = [(workload, configuration) for workload in workloads for configuration in configurations]
    report, done = Report(), 0
    parts = _test_here(tester, pairs) if processes == 1 else _test_apart(tester, pairs, processes)
    for (workload, configuration), part in zip(pairs, parts):
        report.add(part)
        done += part.total.distinct
        if progress is not None:
            progress(done, f"{workload.name} on {configuration.name}")
        if budget is not None and done >= budget:
            break
    return report


def reproduce(source: Source, library: TypeLibrary | None = None) -> list[Violation]:
    """Run the crash again that a saved violation tells of, and return what is broken.

    Raises:
        Refused: ACE codes: the text tells of no crash, or its run has no such crash.
    """
    crash = read_crash(source)
    tester = Tester(library or TypeLibrary(), 0, MIXTURES)
    try:
        breaches = tester.judge_crash(crash)
    except ValueError as error:
        raise Refused(Diagnostic("ACE008", f"the run has no such crash: {error}")) from None
    return [Violation(crash, breach.rule, breach.details) for breach in breaches]


def _test_here(tester: Tester, pairs: Iterable[_Pair]) -> Iterator[Report]:
    for workload, configuration in pairs:
        yield tester.test_run(workload, configuration)


def _test_apart(tester: Tester, pairs: Sequence[_Pair], processes: int) -> Iterator[Report]:
    """Yield what came of each pair, in order; each process has every so manyth."""
    for _, configuration in pairs:
        tester.find_base(configuration)  # proved, compiled and formatted before the fork
    context = multiprocessing.get_context("fork")
    ends: list[Connection] = []
    children = []
    for number in range(processes):
        here, there = context.Pipe(duplex=False)
        share = pairs[number::processes]
        children.append(context.Process(target=_work, args=(tester, share, there), daemon=True))
        children[-1].start()
        there.close()
        ends.append(here)
    try:
        for _, end in zip(pairs, cycle(ends)):
            part = end.recv()
            assert isinstance(part, Report), "children send reports"
            yield part
    finally:
        for child in children:
            child.terminate()
            child.join()


def _work(tester: Tester, pairs: Sequence[_Pair], end: Connection) -> None:
    for part in _test_here(tester, pairs):
        end.send(part)
