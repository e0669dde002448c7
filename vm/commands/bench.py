"""`xok bench`: the papers' measurements in virtual time, the same on every host, every time.

In: what is measured. Out: tables, or JSON.

    xok bench fs      the workloads on C-FFS and FFS, and requests to the disk; where a figure of the papers
                      is not reached, what limits it
    xok bench ash     what packet handlers gain, beside the papers' figures
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from runtime.command.arguments import add_cache, add_format
from runtime.command.edge import Impossible
from runtime.command.exit import DONE
from runtime.command.files import find_cache
from runtime.command.progress import Progress

if TYPE_CHECKING:
    from vm.workload.ash_report import AshReport
    from vm.workload.report import Report

_MOST_FILES = 100_000

_FS = """\
examples:
  xok bench fs --quick
  xok bench fs --files 1000 10000 --only small
  xok bench fs --only install --tree /usr/include --format json
"""

_ASH = """\
examples:
  xok bench ash
  xok bench ash --real --format json
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    whats = parser.add_subparsers(dest="what", required=True, metavar="WHAT")
    _add_fs(_add_what(whats, "fs", "the papers' workloads on C-FFS and FFS", _FS))
    _add_ash(_add_what(whats, "ash", "what packet handlers gain, beside the papers' figures", _ASH))
    parser.epilog = _FS + _ASH.partition("\n")[2]


def _add_what(
    whats: argparse._SubParsersAction[argparse.ArgumentParser], name: str, meaning: str, examples: str
) -> argparse.ArgumentParser:
    return whats.add_parser(
        name,
        help=meaning,
        description=meaning,
        epilog=examples,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )


def _add_fs(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--files",
        type=_parse_files,
        nargs="+",
        default=(1000,),
        metavar="N",
        help="how many small files, each number a run of its own (default 1000)",
    )
    parser.add_argument(
        "--only",
        choices=("small", "install"),
        help="only small files, or only the installation of a source tree",
    )
    parser.add_argument(
        "--quick", action="store_true", help="only C-FFS against FFS as they are meant, with delayed writes"
    )
    parser.add_argument(
        "--tree", type=Path, metavar="DIR", help="install this tree (default: a generated one)"
    )
    add_format(parser)
    add_cache(parser)


def _add_ash(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--real",
        action="store_true",
        help="also what a message costs on this host, with 1 and with 10,000 filters",
    )
    add_format(parser)
    add_cache(parser)


def run(options: argparse.Namespace) -> int:
    """Measure, print."""
    with Progress() as progress:
        steps = _Steps(progress)
        report = _run_fs(options, steps) if options.what == "fs" else _run_ash(options, steps)
    print(report.json() if options.format == "json" else report.text(), end="")
    return DONE


class _Steps:
    """Tells of each run when it begins."""

    def __init__(self, progress: Progress) -> None:
        self._progress, self._done = progress, 0

    def __call__(self, what: str) -> None:
        """Tell of a run."""
        self._progress.show(self._done, "runs", what)
        self._done += 1


def _run_fs(options: argparse.Namespace, steps: _Steps) -> Report:
    from vm.workload.bench_fs import BenchOptions, run_bench
    from vm.xn.types import TypeLibrary

    wanted = BenchOptions(
        files=tuple(options.files),
        small=options.only != "install",
        install=options.only != "small",
        quick=options.quick,
        tree=options.tree,
    )
    if options.tree is not None and not options.tree.is_dir():
        raise Impossible(f"{options.tree} is no directory", "name a directory with files in it")
    return run_bench(wanted, TypeLibrary(find_cache(options)), steps)


def _run_ash(options: argparse.Namespace, steps: _Steps) -> AshReport:
    from vm.workload.bench_ash import FILTERS, AshOptions, run_bench

    return run_bench(AshOptions(FILTERS if options.real else (), cache=find_cache(options)), steps)


def _parse_files(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:9]) <= _MOST_FILES and len(text) < 9):
        raise argparse.ArgumentTypeError(f"this is a number from 1 to {_MOST_FILES:,}")
    return int(text)
