"""What a diagnostic means, why it is refused, and the way out, with examples.

In: a code, or nothing. Out: its entry, or a line for every code.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from textwrap import fill, indent

from runtime.command.exit import DONE, IMPOSSIBLE
from runtime.diagnostic import CodeEntry

_WIDTH = 88


def explain_code(program: str, catalogue: Mapping[str, CodeEntry], code: str | None) -> int:
    """Print the entry of `code`, or the list of all; return the exit status of `program`."""
    if code is None:
        for entry in catalogue.values():
            print(f"{entry.code}  {entry.title}")
        return DONE
    found = catalogue.get(code.upper())
    if found is None:
        message = f"there is no diagnostic `{code}`; `{program} explain` lists them all"
        print(f"{program}: {message}", file=sys.stderr)
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
