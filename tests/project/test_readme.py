"""README's programs and commands work as they stand, in a copy of the examples."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BLOCKS = re.findall(r"```(\w+)\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), re.DOTALL)
REFUSED = {"bad.dpf", "check leak.udf"}


@pytest.fixture(scope="module")
def tour(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tour")
    shutil.copytree(ROOT / "examples", folder / "examples")
    for kind, text in BLOCKS:
        named = re.match(r"# in (\S+)\n", text)
        if kind in ("dpf", "udf", "csv") and named:
            written = text[named.end() :] if kind == "csv" else text  # CSV has no comments
            (folder / named[1]).write_text(written, encoding="utf-8")
    return folder


def _run(command: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
    }
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


COMMANDS = [
    line[2:] for kind, text in BLOCKS if kind == "console" for line in text.splitlines() if line[:2] == "$ "
]


@pytest.mark.parametrize("command", COMMANDS)
def test_command(command: str, tour: Path) -> None:
    program, *arguments = command.split()
    program = {"xok": "vm"}.get(program, program)
    done = _run([sys.executable, "-m", program, *arguments], tour)
    assert done.returncode == int(any(name in command for name in REFUSED)), done.stderr
    assert bool(done.stderr) == bool(done.returncode)


@pytest.mark.parametrize(
    "name", [named for kind, text in BLOCKS if kind == "dpf" for named in re.findall(r"# in (\S+)\n", text)]
)
def test_filter_file(name: str, tour: Path) -> None:
    done = _run([sys.executable, "-m", "dpfc", "check", "--all", name], tour)
    assert done.returncode == int(name in REFUSED), done.stderr


@pytest.mark.parametrize("text", [text for kind, text in BLOCKS if kind == "python"])
def test_python(text: str, tour: Path) -> None:
    done = _run([sys.executable, "-c", text], tour)
    assert done.returncode == 0, done.stderr


def test_there_is_something_to_test() -> None:
    assert len(COMMANDS) >= 6
