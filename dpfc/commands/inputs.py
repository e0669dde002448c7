"""What the subcommands share: reading program text and instances, and where the cache is.

In: parsed arguments. Out: syntax trees, CSV rows, directories.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterable
from pathlib import Path

from dpfc.instances import Row, read_instances
from dpfc.parse import parse_file, read_source
from dpfc.syntax import File
from runtime import limits
from runtime.diagnostic import Diagnostic
from runtime.source import Source


def read_bytes(name: str) -> bytes:
    """Return a program file, `-` being standard input: if it is too large, one byte more than the limit."""
    if name == "-":
        return sys.stdin.buffer.read(limits.MAX_SOURCE_BYTES + 1)
    with Path(name).open("rb") as file:
        return file.read(limits.MAX_SOURCE_BYTES + 1)


def read_program(name: str) -> File:
    """Return the syntax tree of a DPF file."""
    return parse_file(open_source(name))


def open_source(name: str) -> Source:
    """Return the text of a file, which must be UTF-8."""
    return read_source("<stdin>" if name == "-" else name, read_bytes(name))


def read_rows(options: argparse.Namespace) -> dict[str, tuple[Row, ...]]:
    """Return the rows of each `--instances NAME=CSV`."""
    rows: dict[str, tuple[Row, ...]] = {}
    for name, path in options.instances:
        rows[name] = (*rows.get(name, ()), *read_instances(open_source(path)))
    return rows


def find_cache(options: argparse.Namespace) -> Path | None:
    """Return the directory for verdicts and machine code, None when nothing is to be kept."""
    if options.no_cache:
        return None
    if options.cache is not None:
        assert isinstance(options.cache, Path)
        return options.cache
    home = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(home) / "xok"


def print_diagnostics(diagnostics: Iterable[Diagnostic]) -> None:
    """Print diagnostics where people look for them."""
    for diagnostic in diagnostics:
        print(diagnostic.render(), file=sys.stderr)
