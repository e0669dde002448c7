"""The command `udfc`: arguments in, exit status out. What the subcommands take and do is in `udfc.commands`.

Start-up matters: of the subcommands, only the one that is asked for is imported.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from functools import partial
from importlib import import_module

from runtime.command.edge import open_closed_streams, run_to_status
from runtime.version import __version__

COMMANDS = {
    "check": "prove templates; say what is wrong with them",
    "prove": "list the theorems about templates: proved, tested or refuted, and how long it took",
    "compile": "compile templates and write what a stage made of them",
    "run": "ask one object of a disk image what it owns, or replay a counterexample",
    "tree": "walk a disk image from its root template: what owns which blocks",
    "who": "say which chain of metadata owns a block of a disk image",
    "audit": "compare what a disk image's metadata own with its allocation maps",
    "explain": "say what a diagnostic code means, with examples",
}
"""The subcommands. Module `udfc.commands.NAME` has `add_arguments(parser)`, and `run(options)`, which returns
the exit status."""

_EPILOG = """\
exit status: 0 done; 1 a program was refused; 2 the job cannot be done (usage, unreadable or damaged input);
70 internal error; 130 interrupted

A TEMPLATE file is a .udf file or the name of a shipped one (ext, fat, minix, ...). Images are only read.

examples:
  udfc check ext mine.udf
  udfc prove mine.udf
  udfc compile mine.udf --emit ir -o -
  udfc run xv6:xv6_super --image disk.img
  udfc tree disk.img
  udfc who disk.img 4711
  udfc audit disk.img
  udfc explain UDF003
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return the exit status."""
    open_closed_streams()
    given = list(sys.argv[1:] if arguments is None else arguments)
    options = _make_parser(given).parse_args(given)
    return run_to_status("udfc", partial(_run, options), unreadable="IMG")


def _run(options: argparse.Namespace) -> int:
    status = import_module(f"udfc.commands.{options.command}").run(options)
    assert isinstance(status, int), "a command returns its exit status"
    return status


def _make_parser(arguments: Sequence[str]) -> argparse.ArgumentParser:
    """Return the parser of `arguments`: only the subcommand in them is complete."""
    parser = argparse.ArgumentParser(
        prog="udfc",
        description="Compile, prove and run templates of on-disk metadata.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"udfc {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, meaning in COMMANDS.items():
        command = commands.add_parser(
            name, help=meaning, description=meaning, formatter_class=argparse.RawDescriptionHelpFormatter
        )
        if arguments[:1] == [name]:
            import_module(f"udfc.commands.{name}").add_arguments(command)
    return parser
