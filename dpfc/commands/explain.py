"""`dpfc explain CODE`: what a diagnostic means, why it is refused, and the way out, with examples.

In: a code, or nothing. Out: its entry, or a line for every code.
"""

from __future__ import annotations

import argparse

from dpfc.catalogue import CATALOGUE
from runtime.command.explain import explain_code


def run(options: argparse.Namespace) -> int:
    """Print one entry or the list."""
    return explain_code("dpfc", CATALOGUE, options.code)
