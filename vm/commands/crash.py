"""`xok crash`: crash file systems at every write of a workload, and see that nothing promised is lost.

In: workloads as files, in ACE's language; or made here, all sequences of so many operations or a sample. Out:
for each configuration how many crash states were looked at; what was broken, in a form that can be run again;
exit status 1 if anything was.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from runtime.command.arguments import add_cache, add_format
from runtime.command.edge import Impossible
from runtime.command.exit import DONE, REFUSED
from runtime.command.files import find_cache
from runtime.command.progress import Progress
from vm.commands.show import show_name

if TYPE_CHECKING:
    from vm.crash.configuration import Configuration
    from vm.crash.planted.bug import Bug
    from vm.crash.remember import RememberingLibrary
    from vm.crash.report import Report
    from vm.crash.workload import Workload

_LONGEST = 4
_MOST = 10_000_000


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    parser.add_argument("workloads", nargs="*", metavar="WORKLOAD", help="files, or directories of files")
    parser.add_argument(
        "--generate",
        type=_parse_length,
        metavar="N",
        help="all workloads of N operations (1 to 4; 1 takes minutes, 2 hours)",
    )
    parser.add_argument("--sample", type=_parse_count, metavar="K", help="with --generate: only K of them")
    parser.add_argument("--wander", type=_parse_count, metavar="K", help="K long workloads, drawn at random")
    parser.add_argument(
        "--on",
        action="append",
        metavar="CONFIGURATION",
        help="cffs, ffs or a whole name such as cffs-grouped-delayed-cached-ordered; may be repeated "
        "(default: both file systems, 16 configurations)",
    )
    parser.add_argument("--states", type=_parse_count, metavar="N", help="stop after about N crash states")
    parser.add_argument("--seed", type=_parse_seed, default=0, metavar="N", help="of samples (default 0)")
    parser.add_argument(
        "-j",
        dest="processes",
        type=_parse_processes,
        default=os.cpu_count() or 1,
        metavar="N",
        help="processes (default: one for each core)",
    )
    parser.add_argument("--fail-fast", action="store_true", help="stop at the first that is broken")
    parser.add_argument(
        "--plant", metavar="BUG", help="plant a bug first, to see that it is found; `--plant list` lists them"
    )
    parser.add_argument("--save", type=Path, metavar="DIR", help="write what was broken into files here")
    parser.add_argument("--reproduce", metavar="FILE", help="run a crash again that was saved")
    add_format(parser)
    add_cache(parser)
    parser.epilog = """\
A workload is a list of system calls:

  # define
  A
  A/foo
  # run
  mkdir A 0777
  open Afoo O_RDWR|O_CREAT 0777
  write Afoo 0 5000
  fsync Afoo

exit status: 0 nothing was broken; 1 something was; 2 not everything was looked at

examples:
  xok crash workload
  xok crash --generate 1
  xok crash --generate 3 --sample 100 --on cffs --states 20000
  xok crash --wander 20 --on ffs --save violations
  xok crash --generate 1 --on ffs --plant list
  xok crash --reproduce violations/seq2-17-0
"""


def run(options: argparse.Namespace) -> int:
    """Crash, report."""
    from vm.crash.remember import RememberingLibrary
    from vm.crash.report import Report

    library = RememberingLibrary(find_cache(options))
    if options.reproduce is not None:
        return _reproduce(options, library)
    if options.plant == "list":
        return _list_bugs()
    if options.sample is not None and options.generate is None:
        raise Impossible("`--sample` needs `--generate`", "say for instance `--generate 3 --sample 100`")
    if not options.workloads and options.generate is None and options.wander is None:
        raise Impossible("no workloads", "name files, or say `--generate 1`")
    if options.save is not None:
        options.save.mkdir(parents=True, exist_ok=True)  # not after hours of work
    report = Report()
    try:
        _test(options, library, report)
    finally:  # hours of work are not lost with an interrupt
        if report.tallies:
            _print(report, options.format == "json")
        if options.save is not None:
            _save(report, options.save)
    return REFUSED if report.violations else DONE


def _test(options: argparse.Namespace, library: RememberingLibrary, report: Report) -> None:
    """Run the workloads; `report` is added to.

    Raises:
        Refused: ACE codes.
        Impossible: a process was lost; there is nothing to do.
        OSError: a file cannot be read.
    """
    from vm.crash.run import WorkerLost, run_crash_tests

    workloads, configurations = _choose_workloads(options), _choose_configurations(options.on)
    bug = _find_bug(options.plant)
    with Progress() as progress:
        try:
            run_crash_tests(
                workloads,
                configurations,
                options.states,
                options.seed,
                lambda done, what: progress.show(done, "crash states", what),
                library=library,
                processes=options.processes,
                fail_fast=options.fail_fast,
                bug=bug,
                report=report,
            )
        except WorkerLost as lost:
            raise Impossible(f"{lost}", "`-j 1` needs the least memory") from lost


def _list_bugs() -> int:
    for bug in _known_bugs().values():
        print(f"{bug.name:<28}{bug.says}")
    return DONE


def _known_bugs() -> dict[str, Bug]:
    from vm.crash.planted.kernel import KERNEL_BUGS
    from vm.crash.planted.library import LIBRARY_BUGS

    return {bug.name: bug for bug in (*KERNEL_BUGS, *LIBRARY_BUGS)}


def _find_bug(name: str | None) -> Bug | None:
    """Return the bug that is to be planted.

    Raises:
        Impossible: there is none of that name.
    """
    if name is None:
        return None
    known = _known_bugs()
    if name not in known:
        raise Impossible(f"there is no bug `{name}`", "`--plant list` lists them")
    return known[name]


def _choose_workloads(options: argparse.Namespace) -> Iterator[Workload]:
    """Return the workloads; those that are made are made when they are wanted."""
    return chain(
        list(_read_workloads(options.workloads)), _generate_workloads(options), _draw_workloads(options)
    )


def _read_workloads(names: list[str]) -> Iterator[Workload]:
    """Yield the workloads in files, and in files of directories.

    Raises:
        Refused: ACE001 to ACE007.
        Impossible: there is nothing to do.
        OSError: a file cannot be read.
    """
    from vm.crash.limits import MAX_TEXT_BYTES
    from vm.crash.parse import decode_workload, parse_workload

    for name in names:
        path = Path(name)
        files = sorted(each for each in path.iterdir() if each.is_file()) if path.is_dir() else [path]
        if not files:
            raise Impossible(f"{name}: there are no files in this directory", "name files, or another one")
        for each in files:
            with each.open("rb") as file:
                workload = parse_workload(decode_workload(str(each), file.read(MAX_TEXT_BYTES + 1)))
            if not workload.run:
                raise Impossible(f"{each}: no operations", "`xok crash --help` shows a workload")
            yield workload


def _generate_workloads(options: argparse.Namespace) -> Iterator[Workload]:
    from vm.crash.generate import generate_sequences, sample_sequences

    if options.generate is None:
        return iter(())
    if options.sample is None:
        return generate_sequences(options.generate)
    return sample_sequences(options.generate, options.sample, options.seed)


def _draw_workloads(options: argparse.Namespace) -> Iterator[Workload]:
    from vm.crash.wander import draw_workload

    first = options.seed
    return map(draw_workload, range(first, first + (options.wander or 0)))


def _choose_configurations(names: list[str] | None) -> tuple[Configuration, ...]:
    """Return configurations by name; the name of a file system means its usual ones.

    Raises:
        Refused: ACE008 there is none of that name.
    """
    from runtime.source import Source, Span
    from vm.crash.configuration import USUAL, read_configuration

    place = Span(Source("--on", ""), 0, 0)
    if names is None:
        return USUAL
    chosen: list[Configuration] = []
    for name in names:
        usual = [each for each in USUAL if each.system == name]
        chosen += usual or [read_configuration(name, place)]
    return tuple(chosen)


def _reproduce(options: argparse.Namespace, library: RememberingLibrary) -> int:
    """Run one crash again."""
    from vm.crash.limits import MAX_TEXT_BYTES
    from vm.crash.parse import decode_workload
    from vm.crash.run import reproduce

    with Path(options.reproduce).open("rb") as file:
        source = decode_workload(options.reproduce, file.read(MAX_TEXT_BYTES + 1))
    violations = reproduce(source, library)
    if options.format == "json":
        print(
            json.dumps(
                [{"rule": each.breach.rule, "details": each.breach.details} for each in violations], indent=2
            )
        )
    else:
        for each in violations:
            print(show_name(f"{each.breach.rule}: {each.breach.details}"))
        if not violations:
            print("nothing is broken")
    return REFUSED if violations else DONE


def _print(report: Report, as_json: bool) -> None:
    from vm.crash.report import describe_report, render_report

    print(json.dumps(describe_report(report), indent=2) if as_json else render_report(report))


def _save(report: Report, folder: Path) -> None:
    """Write each violation into a file of its own, to be reproduced."""
    from vm.crash.violation import write_violation

    for number, violation in enumerate(report.violations):
        name = Path(violation.crash.workload.name).name
        path = folder / f"{name}-{number}"
        path.write_text(write_violation(violation), encoding="utf-8")
        print(f"xok: saved {path}", file=sys.stderr)


def _parse_length(text: str) -> int:
    return _parse_number(text, 1, _LONGEST)


def _parse_count(text: str) -> int:
    return _parse_number(text, 1, _MOST)


def _parse_processes(text: str) -> int:
    return _parse_number(text, 1, 256)


def _parse_seed(text: str) -> int:
    return _parse_number(text, 0, _MOST)


def _parse_number(text: str, low: int, high: int) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 12 and low <= int(text) <= high):
        raise argparse.ArgumentTypeError(f"this is a number from {low} to {high:,}")
    return int(text)
