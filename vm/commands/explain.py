"""`xok explain`: what a diagnostic or a refusal of the kernel means, and the way out.

In: a code, or nothing. Out: its entry, or a line for every code.
"""

from __future__ import annotations

import argparse

from runtime.command.explain import explain_code
from runtime.diagnostic import CodeEntry
from vm.crash.codes import WORKLOAD_CODES
from vm.machine.codes import DISK_CODES
from vm.net.codes import NET_CODES
from vm.xok.call_table import CALLS
from vm.xok.refusal import Code


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    parser.add_argument(
        "code", nargs="?", metavar="CODE", help="for instance ACE003 or NOT_FREE; without it, list all codes"
    )
    parser.epilog = """\
examples:
  xok explain
  xok explain TAINTED
"""


def run(options: argparse.Namespace) -> int:
    """Print one entry or the list."""
    entries = [*DISK_CODES, *WORKLOAD_CODES, *NET_CODES, *map(_explain_refusal, Code)]
    return explain_code("xok", {entry.code: entry for entry in entries}, options.code)


def _explain_refusal(code: Code) -> CodeEntry:
    calls = sorted(call.name for call in CALLS if code in call.refusals)
    text = f"A system call was refused, and changed nothing. The way out: {code.value}."
    if calls:
        text += f" Calls that refuse so: {', '.join(calls)}."
    return CodeEntry(code.name, code.value, text, bad="", good="", language="none")
