"""Diagnostics as people and as programs want them.

In: diagnostics. Out: lines on standard error, or values for JSON.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable

from runtime.diagnostic import Diagnostic


def print_diagnostics(diagnostics: Iterable[Diagnostic]) -> None:
    """Print diagnostics where people look for them."""
    for diagnostic in diagnostics:
        print(diagnostic.render(), file=sys.stderr)


def describe_diagnostic(diagnostic: Diagnostic) -> dict[str, object]:
    """Return a diagnostic as programs want it."""
    line, column = diagnostic.span.source.position(diagnostic.span.start)
    return {
        "code": diagnostic.code,
        "severity": diagnostic.severity,
        "file": diagnostic.span.source.name,
        "line": line,
        "column": column,
        "message": diagnostic.message,
        "notes": list(diagnostic.notes),
    }
