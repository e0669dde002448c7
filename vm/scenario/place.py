"""Where in a TOML text a key stands: the standard library's reader does not say.

In: the text, and a path of names and places in lists. Out: the span of the key's line. Only what scenarios
use is known: tables and lists of tables with a head of their own, keys at the start of a line.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from runtime.source import Source, Span

_HEAD = re.compile(r"\s*\[(\[?)\s*([\w.-]+)\s*\]\]?")


def find_place(source: Source, path: Sequence[str | int]) -> Span:
    """Return the line of the key that `path` leads to, or of the nearest table around it that is found."""
    found = Span(source, 0, 0)
    table: tuple[str | int, ...] = ()
    counts: dict[str, int] = {}
    start = 0
    best = -1
    for line in source.text.splitlines(keepends=True):
        head = _HEAD.match(line)
        if head is not None:
            name = head[2]
            table = tuple(name.split("."))
            if head[1]:
                table = (name, counts.setdefault(name, 0))
                counts[name] += 1
            here = table
        else:
            here = (*table, line.split("=", 1)[0].strip()) if "=" in line else ()
        if len(here) > max(best, 0) and here == tuple(path[: len(here)]):
            text = line.rstrip("\n")
            found = Span(source, start + len(text) - len(text.lstrip()), start + len(text))
            best = len(here)
        start += len(line)
    return found
