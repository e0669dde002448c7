"""File names made from filter names, which are anybody's text.

In: a name, an ending, the names already taken. Out: a name that stays in its directory, is visible, fits
every file system, and differs from the taken ones even where upper and lower case are the same.
"""

from __future__ import annotations

import re

_UNSAFE = re.compile(r"[^A-Za-z0-9_.\[\]-]")
_MAX_STEM = 100


def choose_name(wanted: str, ending: str, used: set[str]) -> str:
    """Return a file name for `wanted`, and add it, in lower case, to `used`."""
    stem = _UNSAFE.sub("_", wanted)[:_MAX_STEM]
    if not stem or stem[0] in ".-":
        stem = "_" + stem
    name, count = stem + ending, 1
    while name.lower() in used:
        count += 1
        name = f"{stem}-{count}{ending}"
    used.add(name.lower())
    return name
