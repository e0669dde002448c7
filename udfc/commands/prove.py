"""`udfc prove`: every theorem about the templates of a file, its status, and what it cost.

In: a .udf file, the name of a shipped one, or templates as downloaded. Out: a table, or JSON; a refusal's
diagnostics on standard error behind it.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from itertools import groupby

from runtime.command.arguments import add_cache, add_format
from runtime.command.describe import describe_diagnostic, print_diagnostics
from runtime.command.exit import DONE, REFUSED
from runtime.command.files import find_cache
from runtime.diagnostic import Diagnostic
from runtime.template.install import install_templates
from runtime.template.result import NotInstalled, TheoremResult
from udfc.commands.choose import read_templates

_STATUSES = ("proved", "tested", "refuted", "unknown")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    parser.add_argument("file", metavar="FILE", help="a .udf file, the name of a shipped one, or .xut")
    parser.add_argument("--template", metavar="NAME", help="list only the theorems about this one")
    parser.add_argument("--says", action="store_true", help="print what each theorem says, too")
    add_format(parser)
    add_cache(parser)
    parser.epilog = """\
`tested`: could not be proved; the kernel compares before and after, each time. Effort is counted in z3's
resource units, which are the same on every machine; times of theorems proved in an earlier run are of then.

examples:
  udfc prove ext
  udfc prove mine.udf --says --no-cache
  udfc prove mine.udf --format json
"""


def run(options: argparse.Namespace) -> int:
    """Prove everything and print the list."""
    refusal: tuple[Diagnostic, ...] = ()
    try:
        theorems = install_templates(read_templates(options.file), find_cache(options)).theorems
    except NotInstalled as refused:
        theorems, refusal = refused.theorems, refused.diagnostics
    chosen = [each for each in theorems if options.template in (None, each.template)]
    if options.format == "json":
        diagnostics = [describe_diagnostic(diagnostic) for diagnostic in refusal]
        described = {"theorems": [asdict(each) for each in chosen], "diagnostics": diagnostics}
        print(json.dumps(described, indent=2))
    else:
        _print_table(chosen, options.says)
        print_diagnostics(refusal)
    return REFUSED if refusal else DONE


def _print_table(theorems: Sequence[TheoremResult], says: bool) -> None:
    width = max((len(theorem.name) for theorem in theorems), default=0)
    for template, group in groupby(theorems, lambda theorem: theorem.template):
        print(template)
        for theorem in group:
            print(f"  {theorem.name:<{width}}  {_show_cost(theorem)}")
            if says:
                print(f"      {theorem.says}")
    print(_total(theorems))


def _show_cost(theorem: TheoremResult) -> str:
    earlier = "  (earlier)" if theorem.cached else ""
    return f"{theorem.status:<7}  {1000 * theorem.seconds:>8.1f} ms  {theorem.effort:>11,} units{earlier}"


def _total(theorems: Iterable[TheoremResult]) -> str:
    statuses = [theorem.status for theorem in theorems]
    counts = [f"{statuses.count(each)} {each}" for each in _STATUSES if each in statuses]
    seconds = sum(theorem.seconds for theorem in theorems)
    return f"{len(statuses)} theorems: {', '.join(counts) or 'none'}; {seconds:.2f} s"
