"""What the subcommands share that needs the compiler: reading program text and instances.

In: parsed arguments. Out: syntax trees and CSV rows.
"""

from __future__ import annotations

import argparse

from dpfc.language.parse import parse_file, read_source
from dpfc.language.syntax import File
from dpfc.names.instances import Row, read_instances
from runtime.command.files import read_bytes
from runtime.source import Source


def read_program(name: str) -> File:
    """Return the syntax tree of a DPF file."""
    return parse_file(decode_source(name, read_bytes(name)))


def decode_source(name: str, data: bytes) -> Source:
    """Return the text of a file's bytes, which must be UTF-8."""
    return read_source("<stdin>" if name == "-" else name, data)


def read_rows(options: argparse.Namespace) -> dict[str, tuple[Row, ...]]:
    """Return the rows of each `--instances NAME=CSV`."""
    rows: dict[str, tuple[Row, ...]] = {}
    for name, path in options.instances:
        rows[name] = (*rows.get(name, ()), *read_instances(decode_source(path, read_bytes(path))))
    return rows
