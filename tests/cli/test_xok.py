"""The command `xok` as people and programs use it: what all its commands have in common."""

from __future__ import annotations

import fcntl
import json
import os
import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

from vm.boot import format_disk
from vm.cli import COMMANDS, main
from vm.commands.drive import make_fast_machine
from vm.crash.codes import WORKLOAD_CODES
from vm.machine.codes import DISK_CODES
from vm.machine.store import ImageStore
from vm.net.codes import NET_CODES
from vm.xok.call_table import CALLS
from vm.xok.refusal import Code

ROOT = Path(__file__).parents[2]
READERS = (["ls"], ["cat"], ["stat"], ["fsck"], ["blocks"], ["roots"], ["types"])


@pytest.fixture
def empty(tmp_path: Path) -> str:
    """An XN disk without a file system."""
    path = tmp_path / "empty.img"
    store = ImageStore.create(path, 8 * 256)
    format_disk(make_fast_machine(store))
    store.close()
    return str(path)


def run(*arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    """Run the command in a process of its own."""
    environment = os.environ | {"PYTHONPATH": str(ROOT)} | more
    command = [sys.executable, "-m", "vm", *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def test_help_has_examples(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--help"])
    assert ended.value.code == 0
    text = capsys.readouterr().out
    assert "xok mkfs disk.img --size 64M" in text
    assert "130 interrupted" in text


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help_with_examples(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main([name, "--help"])
    assert ended.value.code == 0
    text = capsys.readouterr().out
    assert "examples:" in text
    assert f"  xok {name}" in text


def test_every_command_is_a_module() -> None:
    for name in COMMANDS:
        module = import_module(f"vm.commands.{name}")
        assert callable(module.run)
        assert callable(module.add_arguments)


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--version"])
    assert ended.value.code == 0
    assert capsys.readouterr().out.startswith("xok 0.")


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["nothing"],
        ["ls"],
        ["mkfs", "x", "--size", "-1"],
        ["blocks", "x", "--block", "-1"],
        ["crash", "-j", "x"],
    ],
)
def test_wrong_usage(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    assert capsys.readouterr().err.startswith("usage: xok")


@pytest.mark.parametrize("command", READERS, ids=lambda command: command[0])
def test_what_is_no_image(
    command: list[str], tmp_path: Path, empty: str, capsys: pytest.CaptureFixture[str]
) -> None:
    whole = Path(empty).read_bytes()
    for number, (content, reason) in enumerate(
        [
            (b"", "no XN disk, or damaged"),
            (b"short", "no XN disk, or damaged"),
            (bytes(1 << 20), "no XN disk, or damaged"),
            (os.urandom(1 << 16), "no XN disk, or damaged"),
            (whole[:4096], "no XN disk, or damaged"),
            (whole[:8192], "no XN disk, or damaged"),
            (whole[:40960], "no XN disk, or damaged"),
        ]
    ):
        path = tmp_path / f"{number}.img"
        path.write_bytes(content)
        assert main([*command, str(path)]) == 2
        assert reason in capsys.readouterr().err
        assert path.read_bytes() == content
    assert main([*command, str(tmp_path / "missing")]) == 2
    assert f"xok: {tmp_path}/missing: No such file or directory" in capsys.readouterr().err
    assert main([*command, str(tmp_path)]) == 2
    assert "a directory, no image" in capsys.readouterr().err
    os.mkfifo(tmp_path / "pipe")
    assert main([*command, str(tmp_path / "pipe")]) == 2
    assert "neither a file nor a disk" in capsys.readouterr().err


def test_an_empty_disk(empty: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["roots", empty]) == 0
    assert main(["types", empty]) == 0
    assert capsys.readouterr().out == ""
    assert main(["ls", empty]) == 2
    assert "has no file system" in capsys.readouterr().err
    assert main(["fsck", empty]) == 0
    assert "nothing found" in capsys.readouterr().out
    assert main(["blocks", empty, "--format", "json"]) == 0
    chart = json.loads(capsys.readouterr().out)
    assert (chart["blocks"], chart["types"]["free"]) == (256, 245)
    assert main(["blocks", empty, "--block", "256"]) == 2
    assert "the disk has blocks 0 to 255" in capsys.readouterr().err


def test_two_tools_do_not_use_an_image_at_once(
    empty: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vm.commands.lock._PATIENCE", 0.1)
    with Path(empty).open("rb") as file:
        fcntl.flock(file, fcntl.LOCK_SH)
        assert main(["roots", empty]) == 0  # who only reads shares it
        fcntl.flock(file, fcntl.LOCK_EX)
        assert main(["roots", empty]) == 2
        err = capsys.readouterr().err
        assert "is using this image" in err
        assert f"process {os.getpid()} (" in err
        fcntl.flock(file, fcntl.LOCK_UN)
    assert main(["roots", empty]) == 0


def test_a_reader_needs_no_permission_to_write(empty: str) -> None:
    Path(empty).chmod(0o444)
    before = Path(empty).read_bytes()
    for command in ("roots", "types", "fsck", "blocks"):
        assert main([command, empty]) == 0
    assert Path(empty).read_bytes() == before


def test_calls(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["calls"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == len(CALLS)
    assert any(line.startswith("0x7c") and line.endswith("nothing") for line in lines)
    assert main(["calls", "xn_write", "--refusals"]) == 0
    assert "TAINTED: " in capsys.readouterr().out
    assert main(["calls", "--format", "json"]) == 0
    assert {each["name"] for each in json.loads(capsys.readouterr().out)} == {call.name for call in CALLS}
    assert main(["calls", "nothing"]) == 2
    assert "there is no system call `nothing`" in capsys.readouterr().err


def test_explain(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain"]) == 0
    listed = capsys.readouterr().out
    for code in Code:
        assert f"{code.name}  " in listed
        assert main(["explain", code.name]) == 0
    for entry in (*DISK_CODES, *WORKLOAD_CODES, *NET_CODES):
        assert f"{entry.code}  " in listed
        assert main(["explain", entry.code]) == 0
        assert entry.title in capsys.readouterr().out
    assert main(["explain", "NOTHING"]) == 2


def test_every_code_of_ours_that_is_raised_is_explained() -> None:
    code = re.compile(r'"((?:ACE|DSK|NET)\d{3})"')
    texts = (path.read_text() for path in (ROOT / "vm").rglob("*.py") if path.stem != "codes")
    raised = {found for text in texts for found in code.findall(text)}
    assert len(raised) >= 30
    assert raised <= {entry.code for entry in (*DISK_CODES, *WORKLOAD_CODES, *NET_CODES)}


def test_the_end_of_a_pipe_is_no_error() -> None:
    command = f"{sys.executable} -m vm explain | head -n 1"
    done = subprocess.run(["bash", "-c", command], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr, len(done.stdout.splitlines())) == (0, "", 1)


def test_an_interrupt_is_no_traceback(
    empty: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupt(*arguments: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("vm.commands.image.boot", interrupt)
    assert main(["roots", empty]) == 130
    assert capsys.readouterr().err == "xok: interrupted\n"


def test_a_mistake_of_ours_is_one_line(
    empty: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("vm.commands.image.boot", lambda *arguments: 1 // 0)
    assert main(["roots", empty]) == 70
    assert "internal error: ZeroDivisionError" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["roots", "--version", "calls"])
def test_heavy_libraries_are_loaded_when_they_are_needed(command: str, tmp_path: Path) -> None:
    code = f"""
import sys
from vm.cli import main
try:
    main([{command!r}, "missing"])
except SystemExit:
    pass
names = ("z3", "lark", "llvmlite", "mfusepy", "dpfc", "vm.crash.run")
heavy = [name for name in names if name in sys.modules]
assert not heavy, heavy
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
