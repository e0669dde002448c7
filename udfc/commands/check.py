"""`udfc check`: prove templates, say what is wrong with them.

In: .udf files, names of shipped ones, or templates as downloaded (.xut). Out: a line for each file,
diagnostics on standard error: with the object and the arguments that show the fault.

An acceptance is kept with everything that it depends on: then this command only reads the files, and takes
little longer than Python itself. Refusals are computed again.
"""

from __future__ import annotations

import argparse
import sys
from functools import partial
from pathlib import Path

from runtime.command.arguments import add_cache, add_format
from runtime.command.edge import Impossible
from runtime.command.files import find_cache
from runtime.command.findings import Finding, check_files
from runtime.diagnostic import Refused
from udfc.commands.known import keep_finding, recall_finding


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    parser.add_argument(
        "files",
        nargs="+",
        metavar="FILE",
        help="a .udf file, the name of a shipped one, or .xut; - is standard input",
    )
    parser.add_argument(
        "--save-counterexample",
        type=Path,
        metavar="FILE",
        help="where a proof fails, save the object that shows it, for `udfc run --counterexample`",
    )
    add_format(parser)
    add_cache(parser)
    parser.epilog = """\
examples:
  udfc check ext fat mine.udf
  udfc check mine.udf --save-counterexample fault.json; udfc run mine.udf --counterexample fault.json
"""


def run(options: argparse.Namespace) -> int:
    """Check each file; the exit status is the worst of them."""
    if options.files.count("-") > 1:
        raise Impossible("standard input (`-`) can be read only once", "say it once")
    find, save = partial(_find, options), partial(_save_counterexample, options)
    return check_files("udfc", options.files, find, save, options.format == "json")


def _find(options: argparse.Namespace, name: str) -> Finding:
    """Return the finding of an earlier run, or check the file and keep the finding if it is accepted."""
    cache = find_cache(options)
    known = recall_finding(cache, name)
    if known is not None:
        return known
    from udfc.commands.judge import judge_templates  # loads the compiler

    finding, sources = judge_templates(name, cache)
    keep_finding(cache, name, finding, sources)
    return finding


def _save_counterexample(options: argparse.Namespace, refused: Refused) -> bool:
    """Save it where the options say; when that place cannot be written, say so and return False."""
    path = options.save_counterexample
    if path is None:
        return True
    from udfc.commands.judge import write_first_counterexample

    text = write_first_counterexample(refused)
    if text is None:
        print(f"udfc: this refusal has no counterexample; {path} is not written", file=sys.stderr)
        return True
    try:
        path.write_text(text, "utf-8")
    except OSError as error:
        print(f"udfc: {path}: {error.strerror or error}", file=sys.stderr)
        return False
    print(f"udfc: the counterexample is in {path}", file=sys.stderr)
    return True
