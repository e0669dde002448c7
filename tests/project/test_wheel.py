"""The wheel has everything: built, installed elsewhere, its commands and its packages work from there."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("dpfc", "grammar", "runtime", "udfc")


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("hatchling", reason="hatchling builds the wheel: run `make test`")
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = folder.glob("*.whl")
    install = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--target"]
    subprocess.run([*install, str(folder / "site"), str(wheel)], check=True, capture_output=True)
    return folder / "site"


def _run(installed: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(installed), "HOME": str(installed)}
    command = [sys.executable, *arguments]
    return subprocess.run(
        command, cwd=installed, env=environment, capture_output=True, text=True, check=False
    )


def test_all_packages_come_from_the_wheel(installed: Path) -> None:
    places = "; ".join(f"import {name}; print({name}.__file__)" for name in PACKAGES)
    done = _run(installed, "-c", places)
    assert done.returncode == 0, done.stderr
    assert all(Path(line).is_relative_to(installed) for line in done.stdout.split())


def test_the_command_runs_from_the_wheel(installed: Path) -> None:
    filters = installed / "web.dpf"
    filters.write_text("filter web { tcp.dport == 80 }")
    capture = ROOT / "examples" / "captures" / "services.pcap"
    done = _run(installed, str(installed / "bin" / "dpfc"), "run", str(filters), "-r", str(capture))
    assert done.returncode == 0, done.stderr
    assert "web" in done.stdout


def test_the_wheel_has_the_templates(installed: Path) -> None:
    done = _run(installed, str(installed / "bin" / "udfc"), "check", "list", "--no-cache")
    assert done.returncode == 0, done.stderr
    assert "accepted" in done.stdout
    shipped = {path.name for path in (installed / "udfc" / "templates").iterdir()}
    assert {path.name for path in (ROOT / "udfc" / "templates").glob("*.udf")} <= shipped


@pytest.mark.parametrize("command", ["dpfc", "udfc"])
def test_the_wheel_declares_the_commands(command: str, installed: Path) -> None:
    (entry_points,) = installed.glob("*.dist-info/entry_points.txt")
    assert f"{command} = {command}.cli:main" in entry_points.read_text()
