"""A line at the end of a test run: how many crash states were judged, by all tests and processes together.

`tests/conftest.py` loads this as a plugin. Tests give their counts by `record_property`. A run of a whole
share (`make test`, `make test-long`, or `pytest -m ... tests/crash`) that has judged too few states fails.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from vm.crash.report import COLUMNS, Report, Tally

PROPERTY = "crash states"

SHORT, LONG = "not long", "long"
LEAST = {SHORT: 20_000, LONG: 980_000, "": 1_000_000}
"""Distinct states by the tests that `-m` chooses."""


class Summary:
    """What all tests have counted.

    Args:
        least: distinct states without which the run fails.
    """

    def __init__(self, least: int) -> None:
        self.total = Tally()
        self.least = least

    @property
    def is_enough(self) -> bool:
        """Whether at least as many states were judged as must be."""
        return self.total.distinct >= self.least

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Add the counts of one test, which another process may have run."""
        for name, value in report.user_properties:
            if name == PROPERTY and report.when == "call":
                self.total.add(Tally(*value))  # type: ignore[misc]

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Fail where everything has passed, and it was too little."""
        if session.exitstatus == pytest.ExitCode.OK and not self.is_enough:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Print the line."""
        if self.total.workloads or not self.is_enough:
            counts = ", ".join(f"{count:,} {name}" for name, count in zip(COLUMNS, self.total.as_row()))
            missing = "" if self.is_enough else f"; ERROR: {self.least:,} distinct ones are required"
            terminalreporter.write_line(f"crash states: {counts}{missing}")


def pytest_configure(config: pytest.Config) -> None:
    """Begin to count, in the process that hears of all tests."""
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(Summary(_find_least(config)), "crash-states")


def _find_least(config: pytest.Config) -> int:
    """Return what a run must judge; 0 where only some of the tests were asked for."""
    option, root = config.option, config.rootpath
    chosen = {Path(config.invocation_params.dir, arg) for arg in config.args}
    is_whole = bool(chosen & {root, root / "tests", root / "tests" / "crash"})
    if not is_whole or option.keyword or option.deselect or option.lf or option.collectonly:
        return 0
    return LEAST.get(option.markexpr, 0)


def count(report: Report, record_property: Callable[[str, object], None]) -> None:
    """Note what a test has judged."""
    record_property(PROPERTY, list(report.total.as_row()))
