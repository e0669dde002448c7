"""Types that are proved once for all tests, and remember what blocks own."""

from __future__ import annotations

import pytest

from vm.crash.remember import RememberingLibrary


@pytest.fixture(scope="session")
def library(tmp_path_factory: pytest.TempPathFactory) -> RememberingLibrary:
    return RememberingLibrary(tmp_path_factory.getbasetemp().parent / "store" / "xok")
