"""Worlds for the tests of library file systems."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest

from tests.libfs.world import Setting, World, Worlds
from vm.libfs.interface import Options

GROUPED, APART = Options(), Options(grouping=False)
SETTINGS = [Setting(format_, options) for format_ in ("cffs", "ffs") for options in (GROUPED, APART)]


@pytest.fixture(scope="session")
def worlds() -> Worlds:
    # Proofs take a quarter of a minute: they are kept for later runs, as the commands do.
    return Worlds(Path(tempfile.gettempdir()) / "xok-tests-types")


@pytest.fixture(params=SETTINGS, ids=str)
def world(request: pytest.FixtureRequest, worlds: Worlds) -> World:
    """A small file system of each of the four kinds."""
    return worlds.make(request.param)


@pytest.fixture(params=["cffs", "ffs"])
def either(request: pytest.FixtureRequest, worlds: Worlds) -> World:
    """A small file system of either format."""
    return worlds.make(Setting(request.param))
