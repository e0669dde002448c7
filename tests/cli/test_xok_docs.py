"""The examples of docs/xok.md work as they stand, one after another."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from vm.cli import main
from vm.xn.types import TypeLibrary

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "xok.md").read_text(encoding="utf-8")
COMMANDS = [
    line[2:]
    for block in re.findall(r"```console\n(.*?)```", TEXT, re.DOTALL)
    for line in block.splitlines()
    if line.startswith("$ ")
]
WORKLOAD = """\
# define
A
A/foo
# run
mkdir A 0777
open Afoo O_RDWR|O_CREAT 0777
write Afoo 0 5000
fsync Afoo
"""


def test_the_examples_work(
    tmp_path: Path,
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    library = TypeLibrary(tmp_path_factory.getbasetemp().parent / "store" / "xok")
    for module in ("vm.commands.image", "vm.commands.mkfs"):
        monkeypatch.setattr(f"{module}.TypeLibrary", lambda cache: library)
    monkeypatch.chdir(tmp_path)
    Path("notes.txt").write_text("notes\n")
    Path("project").mkdir()
    Path("project/a.c").write_text("int a;\n")
    Path("workload").write_text(WORKLOAD)
    assert len(COMMANDS) > 20
    for line in COMMANDS:
        program, *arguments = shlex.split(line)
        assert program == "xok"
        status = main(arguments)
        err = capfd.readouterr().err
        assert (status, err) == (0, ""), line + err
