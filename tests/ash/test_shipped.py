"""Handlers that are shipped or used by tests run as native code, and log no more than they must."""

from __future__ import annotations

from pathlib import Path

import pytest

from runtime.handler.engine import load_handler
from runtime.handler.install import install_handler
from tests.ash.programs import PROGRAMS, compile_text

LOGGED = {"tcp_fast_path": 256, "receive": 256}
"""Writes before the last check, rounded up: data is copied before its checksum is known."""

INTERPRETED = {"tcp_fast_path"}
"""Its copy, logged word by word, takes more numbers than registers: the validator loses those spilled."""


@pytest.mark.parametrize("path", PROGRAMS, ids=lambda path: path.stem)
def test_runs_as_native_code(path: Path) -> None:
    compiled = compile_text(path.read_text("utf-8"), path.name)
    assert compiled.handlers
    for name, handler in compiled.handlers.items():
        installed = install_handler(handler, compiled.budgets[name])
        assert installed.body.entries == LOGGED.get(name, 0)
        if name not in INTERPRETED:
            assert not load_handler(installed, "native").interpreted
