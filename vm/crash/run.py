"""Crash-test workloads on configurations: the functions behind `xok crash` and the tests.

In: workloads, configurations, how much of it. Out: a `Report`. The same arguments give the same report on
every machine, with any number of processes.
"""

from __future__ import annotations

import gc
import multiprocessing
import signal
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import closing, nullcontext, suppress
from dataclasses import dataclass
from itertools import cycle, islice
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import TypeAlias

from runtime.diagnostic import Diagnostic, Refused
from runtime.source import Source, Span
from vm.crash.configuration import Configuration
from vm.crash.planted.bug import Bug
from vm.crash.remember import RememberingLibrary
from vm.crash.report import Report
from vm.crash.tester import CrashTester
from vm.crash.violation import Violation, read_crash
from vm.crash.workload import Workload

Progress: TypeAlias = Callable[[int, str], None]
"""Is told how many crash states are done, and what the last run was."""

_Pair: TypeAlias = tuple[Workload, Configuration]
_Part: TypeAlias = tuple[str, Report]


@dataclass(frozen=True, slots=True)
class _Refusal:
    """What a process says that was refused."""

    diagnostics: tuple[Diagnostic, ...]


_Message: TypeAlias = _Part | _Refusal | None
"""What a process says: what came of a pair; as its last word, that it was refused, or (None) has done all."""

MIXTURES = 3


class WorkerLost(Exception):  # noqa: N818  (it says what has happened)
    """A process ended before it had done its work: what was counted is not all."""


def run_crash_tests(
    workloads: Iterable[Workload],
    configurations: Sequence[Configuration],
    budget: int | None = None,
    seed: int = 0,
    progress: Progress | None = None,
    *,
    library: RememberingLibrary | None = None,
    mixtures: int = MIXTURES,
    processes: int = 1,
    fail_fast: bool = False,
    bug: Bug | None = None,
    report: Report | None = None,
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
        fail_fast: stop at the first violation.
        bug: is planted while workloads run and are judged, to see whether it is found.
        report: is added to, and returned: whoever is interrupted has what was done until then.

    Raises:
        Refused: ACE008 a machine for storms cannot run this workload.
        WorkerLost: a process was killed, or failed.
    """
    tester = CrashTester(library or RememberingLibrary(), seed, mixtures, fail_fast)
    for configuration in configurations:
        tester.find_base(configuration)  # proved, compiled and formatted before any bug, and any fork
    gc.collect()
    gc.freeze()  # types and images stay: the collector need not look at them again and again
    try:
        with bug.plant() if bug else nullcontext():
            pairs = ((workload, configuration) for workload in workloads for configuration in configurations)
            parts = _test_here(tester, pairs) if processes == 1 else _test_apart(tester, pairs, processes)
            return _add_parts(parts, report or Report(), budget, progress, fail_fast)
    finally:
        gc.unfreeze()


def _add_parts(
    parts: Generator[_Part, None, None],
    report: Report,
    budget: int | None,
    progress: Progress | None,
    fail_fast: bool,
) -> Report:
    """Add up what comes of pairs, until there is enough."""
    done = 0
    with closing(parts):  # ends the processes
        for what, part in parts:
            report.add(part)
            done += part.total.distinct
            if progress is not None:
                progress(done, what)
            if (budget is not None and done >= budget) or (fail_fast and report.violations):
                break
    return report


def reproduce(
    source: Source, library: RememberingLibrary | None = None, bug: Bug | None = None
) -> list[Violation]:
    """Run the crash again that a saved violation tells of, and return what is broken.

    Args:
        source: the text of the violation.
        library: where types are proved; None: they are proved here.
        bug: is planted, as it was when the violation was found.

    Raises:
        Refused: ACE codes: the text tells of no crash, or its run has no such crash.
    """
    crash = read_crash(source)
    tester = CrashTester(library or RememberingLibrary(), 0, MIXTURES)
    tester.find_base(crash.configuration)
    try:
        with bug.plant() if bug else nullcontext():
            breaches = tester.judge_crash(crash)
    except ValueError as error:
        place = Span(Source(source.name, ""), 0, 0)
        raise Refused(Diagnostic("ACE008", f"the run has no such crash: {error}", place)) from None
    return [Violation(crash, breach) for breach in breaches]


def _test_here(tester: CrashTester, pairs: Iterable[_Pair]) -> Generator[_Part, None, None]:
    for workload, configuration in pairs:
        part = tester.test_run(workload, configuration)
        yield f"{workload.name} on {configuration.name}", part


def _test_apart(tester: CrashTester, pairs: Iterator[_Pair], processes: int) -> Generator[_Part, None, None]:
    """Yield what came of each pair, in order; each process does every so manyth."""
    context = multiprocessing.get_context("fork")
    children: list[tuple[BaseProcess, Connection]] = []
    try:
        for number in range(processes):
            here, there = context.Pipe(duplex=False)
            share = islice(pairs, number, None, processes)  # forked, each child has pairs of its own
            ears = [*(end for _, end in children), here]
            child: BaseProcess = context.Process(target=_work, args=(tester, share, there, ears), daemon=True)
            child.start()
            there.close()
            children.append((child, here))
        for child, end in cycle(children):
            part = _hear(child, end)
            if part is None:
                return
            yield part
    finally:
        for child, end in children:
            end.close()
            child.terminate()
            child.join()


def _hear(child: BaseProcess, end: Connection) -> _Part | None:
    """Return what a process has to say next; None: it has done all of its share.

    Raises:
        Refused: as the process was.
        WorkerLost: it is gone.
    """
    try:
        said: _Message = end.recv()
    except (EOFError, OSError):  # nothing more, or half a message
        child.join()
        how = child.exitcode or 0
        why = f"was killed by signal {-how}" if how < 0 else f"failed with status {how}"
        raise WorkerLost(f"a process {why} before its work was done") from None
    if isinstance(said, _Refusal):
        raise Refused(*said.diagnostics)
    return said


def _work(tester: CrashTester, pairs: Iterable[_Pair], end: Connection, ears: Sequence[Connection]) -> None:
    """Do a share, in a process of its own; `ears` are others' ends of pipes, inherited."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the first process hears it, and ends the others
    for ear in ears:
        ear.close()  # so that whoever writes to a process that is gone is told
    with suppress(BrokenPipeError):  # nobody listens any more: there was enough
        try:
            for part in _test_here(tester, pairs):
                end.send(part)
            end.send(None)
        except Refused as refused:
            end.send(_Refusal(refused.diagnostics))
