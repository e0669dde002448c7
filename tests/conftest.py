"""Settings shared by all tests."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, settings

pytest_plugins = ["tests.crash.summary"]

settings.register_profile(
    "xok", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("xok")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add `--update-golden`: write what the golden tests expect instead of comparing with it."""
    parser.addoption("--update-golden", action="store_true", help="rewrite the golden files")
