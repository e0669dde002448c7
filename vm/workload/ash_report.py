"""What `xok bench ash` says: a table for each question, and the same as JSON.

In: figures. Out: text.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """One number.

    Args:
        name: what was measured.
        measured: here.
        unit: of both numbers.
        paper: what the paper says; empty: nothing.
    """

    name: str
    measured: float
    unit: str
    paper: str = ""


@dataclass(frozen=True, slots=True)
class AshReport:
    """All that was run.

    Args:
        trips: round trips, one process.
        processes: round trips while others want to run.
        checks: what checks at run time cost.
        real: nanoseconds of this host; may be empty.
    """

    trips: tuple[Figure, ...]
    processes: tuple[Figure, ...]
    checks: tuple[Figure, ...]
    real: tuple[Figure, ...]

    def text(self) -> str:
        """Return tables for people."""
        lines = [
            "virtual time of a 200 MHz Pentium Pro on a 10 Mb/s Ethernet; the paper: two 40 MHz DECstations"
        ]
        lines += _tabulate("round trips", self.trips)
        lines += _tabulate("remote increment while others want to run", self.processes)
        lines += _tabulate("what is checked at run time", self.checks)
        if self.real:
            lines += _tabulate("real time on this host, median rounds", self.real)
        return "\n".join(lines) + "\n"

    def json(self) -> str:
        """Return one JSON document."""
        return json.dumps(asdict(self), indent=1) + "\n"


def _tabulate(title: str, figures: Sequence[Figure]) -> list[str]:
    rows = [(title, "here", "", "paper")]
    rows += [(each.name, f"{each.measured:,.1f}", each.unit, each.paper) for each in figures]
    name, number, unit = (max(len(row[place]) for row in rows) for place in range(3))
    lines = [f"{a:<{name}}  {b:>{number}} {c:<{unit}}  {d}".rstrip() for a, b, c, d in rows]
    return ["", *lines]
