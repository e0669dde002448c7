"""Options that several commands have.

In: a parser. Out: the parser knows them.
"""

from __future__ import annotations

import argparse
from pathlib import Path


def add_cache(parser: argparse.ArgumentParser) -> None:
    """Add `--cache` and `--no-cache`, which `runtime.command.files.find_cache` reads."""
    parser.add_argument(
        "--cache", type=Path, metavar="DIR", help="keep verdicts and code here (default ~/.cache/xok)"
    )
    parser.add_argument("--no-cache", action="store_true", help="neither read nor write the cache")


def add_format(parser: argparse.ArgumentParser) -> None:
    """Add `--format text|json`."""
    parser.add_argument("--format", choices=("text", "json"), default="text", help="default: text")
