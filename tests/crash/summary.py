"""A line at the end of a test run: how many crash states were judged, by all tests and processes together.

`tests/conftest.py` loads this as a plugin. Tests give their counts by `record_property`.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from vm.crash.report import COLUMNS, Report, Tally

PROPERTY = "crash states"


class Summary:
    """What all tests have counted."""

    def __init__(self) -> None:
        self.total = Tally()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Add the counts of one test, which another process may have run."""
        for name, value in report.user_properties:
            if name == PROPERTY and report.when == "call":
                self.total.add(Tally(*value))  # type: ignore[misc]

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Print the line."""
        if self.total.workloads:
            counts = ", ".join(f"{count:,} {name}" for name, count in zip(COLUMNS, self.total.as_row()))
            terminalreporter.write_line(f"crash states: {counts}")


def pytest_configure(config: pytest.Config) -> None:
    """Begin to count."""
    config.pluginmanager.register(Summary(), "crash-states")


def count(report: Report, record_property: Callable[[str, object], None]) -> None:
    """Note what a test has judged."""
    record_property(PROPERTY, list(report.total.as_row()))
