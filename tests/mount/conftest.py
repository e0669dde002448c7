"""Images for the tests: each kind of file system is made once, then copied."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.mount.host import Maker
from vm.cli import main
from vm.xn.types import TypeLibrary


@pytest.fixture(scope="session")
def _templates(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return {}


@pytest.fixture(scope="session")
def _library(tmp_path_factory: pytest.TempPathFactory) -> TypeLibrary:
    return TypeLibrary(tmp_path_factory.getbasetemp().parent / "store" / "xok")


@pytest.fixture(params=["cffs", "ffs"])
def maker(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    tmp_path_factory: pytest.TempPathFactory,
    _templates: dict[str, Path],
    _library: TypeLibrary,
    monkeypatch: pytest.MonkeyPatch,
) -> Maker:
    """One store for all tests of a run; in this process types are loaded once."""
    kind = request.param
    monkeypatch.setattr("vm.commands.image.TypeLibrary", lambda cache: _library)
    monkeypatch.setattr("vm.commands.mkfs.TypeLibrary", lambda cache: _library)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.getbasetemp().parent / "store"))
    if kind not in _templates:
        template = tmp_path_factory.mktemp("images") / f"{kind}.img"
        assert main(["mkfs", str(template), "--fs", kind, "--size", "64M"]) == 0
        _templates[kind] = template
    folder = tmp_path / "images"
    folder.mkdir()
    return Maker(kind, _templates[kind], folder)
