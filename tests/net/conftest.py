"""Every machine of a test is switched off at its end."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.xok.world import halt_all


@pytest.fixture(autouse=True)
def _halt() -> Iterator[None]:
    yield
    halt_all()
