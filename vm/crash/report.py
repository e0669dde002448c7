"""What came of a crash test: counts for each configuration, and violations; as text and as JSON.

In: what the runner counted. Out: text.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from vm.crash.violation import Violation, write_moment

MAX_SHOWN = 20
"""Violations in a text; JSON has all that were kept."""


@dataclass(slots=True)
class Tally:
    """Counts of one configuration.

    Args:
        workloads: that ran.
        writes: requests to the disk while they ran: each is a place to crash.
        generated: crash states looked at.
        distinct: those with an image or a promise of their own.
        booted: images that were started and judged; equal images are judged once for all that was promised.
        violations: states in which something was broken.
    """

    workloads: int = 0
    writes: int = 0
    generated: int = 0
    distinct: int = 0
    booted: int = 0
    violations: int = 0

    def add(self, other: Tally) -> None:
        """Add up."""
        for name in COLUMNS:
            setattr(self, name, getattr(self, name) + getattr(other, name))

    def as_row(self) -> tuple[int, ...]:
        """Return the counts in the order of `COLUMNS`."""
        return tuple(getattr(self, name) for name in COLUMNS)


COLUMNS = ("workloads", "writes", "generated", "distinct", "booted", "violations")


@dataclass(slots=True)
class Report:
    """What came of it all.

    Args:
        tallies: by the configuration's name.
        violations: the first of each workload, configuration and rule.
    """

    tallies: dict[str, Tally] = field(default_factory=dict)
    violations: list[Violation] = field(default_factory=list)

    @property
    def total(self) -> Tally:
        """The sum over all configurations."""
        total = Tally()
        for tally in self.tallies.values():
            total.add(tally)
        return total

    def add(self, other: Report) -> None:
        """Add up."""
        for name, tally in other.tallies.items():
            self.tallies.setdefault(name, Tally()).add(tally)
        self.violations += other.violations


def render_report(report: Report) -> str:
    """Return a table of counts, a line for each violation, and the sum."""
    rows: list[tuple[str, ...]] = [("configuration", *COLUMNS)]
    rows += [(name, *(f"{count:,}" for count in tally.as_row())) for name, tally in report.tallies.items()]
    rows.append(("total", *(f"{count:,}" for count in report.total.as_row())))
    lines = list(_align(rows))
    for violation in report.violations[:MAX_SHOWN]:
        lines += ["", *_render_violation(violation)]
    if len(report.violations) > MAX_SHOWN:
        lines += ["", f"... and {len(report.violations) - MAX_SHOWN:,} more"]
    return "\n".join(lines)


def describe_report(report: Report) -> dict[str, object]:
    """Return the same for programs."""
    return {
        "configurations": {
            name: dict(zip(COLUMNS, tally.as_row())) for name, tally in report.tallies.items()
        },
        "total": dict(zip(COLUMNS, report.total.as_row())),
        "violations": [
            {
                "workload": violation.crash.workload.name,
                "configuration": violation.crash.configuration.name,
                "moments": [write_moment(moment) for moment in violation.crash.moments],
                "rule": violation.breach.rule,
                "details": violation.breach.details,
            }
            for violation in report.violations
        ],
    }


def _render_violation(violation: Violation) -> Iterable[str]:
    crash = violation.crash
    place = ", then ".join(write_moment(moment) for moment in crash.moments) or "without a crash"
    yield f"{crash.workload.name} on {crash.configuration.name}, {place}"
    yield f"  {violation.breach.rule}: {violation.breach.details}"


def _align(rows: list[tuple[str, ...]]) -> Iterable[str]:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        first, *rest = (
            cell.ljust(width) if column == 0 else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths))
        )
        yield "  ".join([first, *rest])
