"""`xok bench fs`: the papers' workloads on C-FFS and FFS, in virtual time and in requests to the disk.

In: which workloads, how large. Out: tables, or JSON; and where a figure of the papers is not reached, what
limits it. The same on every host, every time.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from runtime.command.arguments import add_cache, add_format
from runtime.command.edge import Impossible
from runtime.command.exit import DONE
from runtime.command.files import find_cache
from runtime.command.progress import Progress

_MOST_FILES = 100_000


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    parser.add_argument("what", choices=("fs",), metavar="fs", help="what is measured: fs, the file systems")
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
    parser.epilog = """\
examples:
  xok bench fs --quick
  xok bench fs --files 1000 10000 --only small
  xok bench fs --only install --tree /usr/include --format json
"""


def run(options: argparse.Namespace) -> int:
    """Measure, print."""
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
    done = 0
    with Progress() as progress:

        def tell(what: str) -> None:
            nonlocal done
            progress.show(done, "runs", what)
            done += 1

        report = run_bench(wanted, TypeLibrary(find_cache(options)), tell)
    print(report.json() if options.format == "json" else report.text(), end="")
    return DONE


def _parse_files(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:9]) <= _MOST_FILES and len(text) < 9):
        raise argparse.ArgumentTypeError(f"this is a number from 1 to {_MOST_FILES:,}")
    return int(text)
