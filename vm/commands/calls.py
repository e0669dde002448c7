"""`xok calls`: the kernel's system-call table, as it is.

In: nothing, or names of calls. Out: number, name, cost in cycles and purpose of each; with `--refusals` also
every refusal that it can give, and what a refusal means.
"""

from __future__ import annotations

import argparse
import json

from runtime.command.arguments import add_format
from runtime.command.edge import Impossible
from runtime.command.exit import DONE
from vm.xok.call import Call
from vm.xok.call_table import CALLS


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    parser.add_argument("names", nargs="*", metavar="CALL", help="only these (default: all)")
    parser.add_argument("--refusals", action="store_true", help="and every refusal that a call can give")
    add_format(parser)
    parser.epilog = """\
examples:
  xok calls
  xok calls forge --refusals
  xok calls --format json
"""


def run(options: argparse.Namespace) -> int:
    """Print the table."""
    calls = _choose(options.names)
    if options.format == "json":
        print(json.dumps([_describe(call) for call in calls], indent=2))
        return DONE
    width = max(len(call.name) for call in calls)
    for call in calls:
        print(f"{call.number:#04x}  {call.name:<{width}}  {call.cycles:>6,} cycles  {call.purpose}")
        if options.refusals:
            for code in call.refusals:
                print(f"        {code.name}: {code.value}")
    return DONE


def _choose(names: list[str]) -> list[Call]:
    known = {call.name: call for call in CALLS}
    unknown = [name for name in names if name not in known]
    if unknown:
        raise Impossible(f"there is no system call `{unknown[0]}`", "`xok calls` lists them all")
    return [known[name] for name in names or known]


def _describe(call: Call) -> dict[str, object]:
    return {
        "number": call.number,
        "name": call.name,
        "cycles": call.cycles,
        "purpose": call.purpose,
        "refusals": {code.name: code.value for code in call.refusals},
    }
