"""What a command line names: `FILE`, `FILE:NAME`, and numbers for constants.

In: arguments. Out: a compiled program, and the handler or predicate that is meant.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import TypeVar

from ashc.program import Compiled, compile_program
from runtime.command.arguments import parse_number
from runtime.command.edge import Impossible
from runtime.command.files import find_cache

_Item = TypeVar("_Item")


def add_program(parser: argparse.ArgumentParser, what: str) -> None:
    """Add `FILE[:NAME]` and `-D`."""
    parser.add_argument("file", metavar="FILE[:NAME]", help=f"an .ash file, and {what}; - is standard input")
    add_constants(parser)


def add_constants(parser: argparse.ArgumentParser) -> None:
    """Add `-D NAME=NUMBER`."""
    parser.add_argument(
        "-D",
        dest="constants",
        action="append",
        default=[],
        type=parse_assignment,
        metavar="NAME=NUMBER",
        help="give a constant another number",
    )


def compile_chosen(options: argparse.Namespace) -> tuple[Compiled, str]:
    """Return the program, and the name behind the colon; empty if there is none.

    Raises:
        Refused: the text is no program.
        OSError: the file cannot be read.
    """
    file, name = split_name(options.file)
    return compile_program(file, dict(options.constants), find_cache(options)), name


def split_name(text: str) -> tuple[str, str]:
    """Return the file and the name of `FILE[:NAME]`: a file with that name comes first."""
    file, colon, name = text.rpartition(":")
    if not colon or not name.isidentifier() or Path(text).exists():
        return text, ""
    return file, name


def means_predicate(compiled: Compiled, name: str) -> bool:
    """Say whether `name` is a predicate; without a name, whether there is nothing else."""
    if name:
        return name in compiled.predicates and name not in compiled.handlers
    return not compiled.handlers and bool(compiled.predicates)


def choose(found: Mapping[str, _Item], name: str, what: str) -> _Item:
    """Return the item called `name`; the only one, if no name is given.

    Raises:
        Impossible: there is none, or several.
    """
    if name in found:
        return found[name]
    if not name and len(found) == 1:
        return next(iter(found.values()))
    if not found:
        raise Impossible(f"the file declares no {what}", "see docs/ash.md")
    known = ", ".join(found)
    if name:
        raise Impossible(f"there is no {what} `{name}`", f"there are: {known}")
    raise Impossible(f"the file has {len(found)} {what}s", f"write FILE:NAME; there are: {known}")


def parse_assignment(text: str) -> tuple[str, int]:
    """Return the two sides of NAME=NUMBER."""
    name, equals, value = text.partition("=")
    if not (equals and name.isidentifier()):
        raise argparse.ArgumentTypeError("write NAME=NUMBER")
    return name, parse_number(value)
