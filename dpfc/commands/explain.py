"""`dpfc explain CODE`: what a diagnostic means, why it is refused, and the way out, with examples.

In: a code, or nothing. Out: its entry, or a line for every code.
"""

from __future__ import annotations

import argparse
import sys
from textwrap import fill, indent

from dpfc.catalogue import CATALOGUE
from dpfc.exit import DONE, IMPOSSIBLE
from runtime.diagnostic import CodeEntry

_WIDTH = 88


def run(options: argparse.Namespace) -> int:
    """Print one entry or the list."""
    if options.code is None:
        for entry in CATALOGUE.values():
            print(f"{entry.code}  {entry.title}")
        return DONE
    found = CATALOGUE.get(options.code.upper())
    if found is None:
        print(
            f"dpfc: there is no diagnostic `{options.code}`; `dpfc explain` lists them all", file=sys.stderr
        )
        return IMPOSSIBLE
    print(_show(found))
    return DONE


def _show(entry: CodeEntry) -> str:
    parts = [f"{entry.code}: {entry.title}", fill(entry.meaning, _WIDTH)]
    if entry.bad:
        parts += ["refused:\n" + indent(entry.bad.strip("\n"), "    ")]
    if entry.good:
        parts += ["accepted:\n" + indent(entry.good.strip("\n"), "    ")]
    return "\n\n".join(parts)
