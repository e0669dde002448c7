"""The command `ashc`: arguments in, exit status out. What the subcommands take and do is in `ashc.commands`.

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
    "check": "prove handlers and predicates; say which checks remain, or what is wrong",
    "compile": "compile handlers or a predicate and write what a stage made of them",
    "run": "run a handler on messages, or a predicate on words",
    "explain": "say what a diagnostic code means, with examples",
}
"""The subcommands. Module `ashc.commands.NAME` has `add_arguments(parser)`, and `run(options)`, which returns
the exit status."""

_EPILOG = """\
exit status: 0 done; 1 a program was refused; 2 the job cannot be done (usage, unreadable or damaged input);
70 internal error; 130 interrupted

A PROGRAM file is an .ash file or the name of a shipped one (net, pipes), which others import.

examples:
  ashc check increment.ash
  ashc compile increment.ash --emit ir -o -
  ashc compile increment.ash:increment -o increment.xah
  ashc run increment.ash --message 0800... --show-region
  ashc explain ASH060
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return the exit status."""
    open_closed_streams()
    given = list(sys.argv[1:] if arguments is None else arguments)
    options = _make_parser(given).parse_args(given)
    return run_to_status("ashc", partial(_run, options), unreadable="HND02")


def _run(options: argparse.Namespace) -> int:
    status = import_module(f"ashc.commands.{options.command}").run(options)
    assert isinstance(status, int), "a command returns its exit status"
    return status


def _make_parser(arguments: Sequence[str]) -> argparse.ArgumentParser:
    """Return the parser of `arguments`: only the subcommand in them is complete."""
    parser = argparse.ArgumentParser(
        prog="ashc",
        description="Compile, prove and run packet handlers, pipes and wakeup predicates.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"ashc {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, meaning in COMMANDS.items():
        command = commands.add_parser(
            name, help=meaning, description=meaning, formatter_class=argparse.RawDescriptionHelpFormatter
        )
        if arguments[:1] == [name]:
            import_module(f"ashc.commands.{name}").add_arguments(command)
    return parser
