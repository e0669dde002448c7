"""Options that several commands have, and numbers in their arguments.

In: a parser, or an argument. Out: the parser knows them; the number.
"""

from __future__ import annotations

import argparse
from pathlib import Path

_NUMBER_DIGITS = 20


def add_cache(parser: argparse.ArgumentParser) -> None:
    """Add `--cache` and `--no-cache`, which `runtime.command.files.find_cache` reads."""
    parser.add_argument(
        "--cache", type=Path, metavar="DIR", help="keep verdicts and code here (default ~/.cache/xok)"
    )
    parser.add_argument("--no-cache", action="store_true", help="neither read nor write the cache")


def add_format(parser: argparse.ArgumentParser) -> None:
    """Add `--format text|json`."""
    parser.add_argument("--format", choices=("text", "json"), default="text", help="default: text")


def parse_number(text: str) -> int:
    """Return a number from the command line, decimal or hexadecimal with 0x."""
    try:
        number = int(text, 16 if text.lower().startswith("0x") else 10) if len(text) <= _NUMBER_DIGITS else -1
    except ValueError:
        number = -1
    if not 0 <= number < 1 << 64:
        raise argparse.ArgumentTypeError(f"`{text[:40]}` is not a number from 0 to 2^64 - 1")
    return number
