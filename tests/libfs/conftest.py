"""Worlds for the tests of library file systems."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.libfs.world import Setting, World, Worlds
from vm.libfs.interface import Options

GROUPED, APART = Options(), Options(grouping=False)
SETTINGS = [Setting(format_, options) for format_ in ("cffs", "ffs") for options in (GROUPED, APART)]


@pytest.fixture(scope="session")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where all tests keep proofs of types, which take a quarter of a minute."""
    return tmp_path_factory.getbasetemp().parent / "store" / "xok"


@pytest.fixture(scope="session")
def worlds(store: Path) -> Worlds:
    return Worlds(store)


@pytest.fixture(params=SETTINGS, ids=str)
def world(request: pytest.FixtureRequest, worlds: Worlds) -> World:
    """A small file system of each of the four kinds."""
    return worlds.make(request.param)


@pytest.fixture(params=["cffs", "ffs"])
def either(request: pytest.FixtureRequest, worlds: Worlds) -> World:
    """A small file system of either format."""
    return worlds.make(Setting(request.param))
