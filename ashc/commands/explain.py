"""`ashc explain`: what a diagnostic code means.

In: a code, or nothing. Out: its meaning and way out, or a line for every code.
"""

from __future__ import annotations

import argparse

from ashc.catalogue import CATALOGUE
from runtime.command.explain import explain_code


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    parser.add_argument(
        "code", nargs="?", metavar="CODE", help="for instance ASH060; default: list all codes"
    )


def run(options: argparse.Namespace) -> int:
    """Print the entry of the code, or the list."""
    return explain_code("ashc", CATALOGUE, options.code)
