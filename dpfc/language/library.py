"""The header library: dpfc/language/headers/*.dpf.

In: nothing. Out: their syntax trees.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from dpfc.language import syntax
from dpfc.language.parse import parse_files
from runtime.source import Source


@cache
def read_library() -> tuple[syntax.File, ...]:
    """Return the syntax trees of the library, in order of file names."""
    paths = sorted((Path(__file__).parent / "headers").glob("*.dpf"))
    return parse_files([Source(path.name, path.read_text("utf-8")) for path in paths])
