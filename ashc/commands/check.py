"""`ashc check`: prove handlers and predicates; say which checks remain at run time and why.

In: .ash files, or handlers as downloaded (.xah). Out: a few lines for each file, diagnostics on standard
error.
"""

from __future__ import annotations

import argparse
from functools import partial

from ashc.commands.choose import add_constants
from runtime.command.arguments import add_cache, add_format
from runtime.command.edge import Impossible
from runtime.command.findings import Finding, check_files
from runtime.diagnostic import Refused


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    parser.add_argument(
        "files",
        nargs="+",
        metavar="FILE",
        help="an .ash file, or a downloaded handler (.xah); - is standard input",
    )
    add_constants(parser)
    add_format(parser)
    add_cache(parser)
    parser.epilog = """\
A check that remains is made once for all that needs it, as early as the handler's meaning allows; `require`
and `abort` are the program's own. What is listed is where a message may make the handler abort.

examples:
  ashc check increment.ash
  ashc check increment.ash --format json
  ashc check increment.ash -D PORT=9
"""


def run(options: argparse.Namespace) -> int:
    """Check each file; the exit status is the worst of them."""
    if options.files.count("-") > 1:
        raise Impossible("standard input (`-`) can be read only once", "say it once")
    return check_files("ashc", options.files, partial(_find, options), _accept, options.format == "json")


def _find(options: argparse.Namespace, name: str) -> Finding:
    from ashc.commands.judge import judge_file  # loads the compiler

    return judge_file(options, name)


def _accept(refused: Refused) -> bool:
    return True
