"""`udfc explain CODE`: what a diagnostic means, why it is refused, and the way out, with examples.

In: a code, or nothing. Out: its entry, or a line for every code.
"""

from __future__ import annotations

import argparse

from runtime.command.explain import explain_code
from udfc.catalogue import CATALOGUE


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    parser.add_argument(
        "code", nargs="?", metavar="CODE", help="for instance UDF003; without it, list all codes"
    )


def run(options: argparse.Namespace) -> int:
    """Print one entry or the list."""
    return explain_code("udfc", CATALOGUE, options.code)
