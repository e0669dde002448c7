"""`xok crash` and `xok bench` as people and programs use them; what they find is tested elsewhere."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from tests.signals import HEARING
from vm.cli import main
from vm.crash.configuration import STORMS, Configuration
from vm.crash.report import Report
from vm.crash.tester import CrashTester
from vm.crash.workload import Workload

ROOT = Path(__file__).parents[2]

CONFIGURATION = "cffs-grouped-delayed-through-walked"
FEW = ["--on", CONFIGURATION, "-j", "1"]
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


@pytest.fixture(autouse=True)
def _store(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.getbasetemp().parent / "store"))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "workloads").mkdir()
    (tmp_path / "workloads" / "one").write_text(WORKLOAD)


def test_workloads_in_a_folder(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["crash", "workloads", "--on", CONFIGURATION, "-j", "1", "--format", "json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert list(report["configurations"]) == [CONFIGURATION]
    assert report["total"]["distinct"] >= 10
    assert report["violations"] == []


def test_generated_workloads(capsys: pytest.CaptureFixture[str]) -> None:
    assert (
        main(["crash", "--generate", "2", "--sample", "2", "--seed", "7", "--on", CONFIGURATION, "-j", "2"])
        == 0
    )
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == [
        "configuration",
        "workloads",
        "writes",
        "generated",
        "distinct",
        "booted",
        "violations",
    ]
    assert lines[1].split()[:2] == [CONFIGURATION, "2"]


def test_workloads_that_wander(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["crash", "--wander", "2", "--seed", "9", *FEW]) == 0
    assert capsys.readouterr().out.splitlines()[1].split()[:2] == [CONFIGURATION, "2"]


def test_a_planted_bug_is_found_saved_and_reproduced(capsys: pytest.CaptureFixture[str]) -> None:
    command = ["crash", "workloads/one", "--on", CONFIGURATION, "-j", "1", "--fail-fast"]
    assert main([*command, "--plant", "clean-flag-stays", "--save", "found"]) == 1
    said = capsys.readouterr()
    assert f"one on {CONFIGURATION}" in said.out
    assert "xok: saved found/one-0" in said.err
    assert "mkdir A 0777\n" in Path("found/one-0").read_text()
    assert main(["crash", "--reproduce", "found/one-0"]) == 0  # for the bug is gone
    assert capsys.readouterr().out == "nothing is broken\n"
    assert main(["crash", "--plant", "list"]) == 0
    assert "clean-flag-stays  " in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ([], "no workloads; name files"),
        (["missing"], "missing: No such file or directory"),
        (["wrong"], "wrong:2:1: error[ACE003]: there is no operation `wrong`"),
        (["binary"], "error[ACE001]"),
        (["empty"], "empty: no operations; `xok crash --help` shows a workload"),
        (["nobody"], "nobody: there are no files in this directory"),
        (["--sample", "3"], "`--sample` needs `--generate`"),
        (["workloads", "--save", "binary", *FEW], "binary: File exists"),
        (["workloads", "--on", "nothing"], "--on: error[ACE008]: there is no configuration `nothing`"),
        (["workloads", "--on", STORMS[0].name, "-j", "2"], "error[ACE008]: `workloads/one` is no storm"),
        (["workloads", "--plant", "nothing"], "there is no bug `nothing`"),
        (["--reproduce", "workloads/one"], "workloads/one: error[ACE008]: the text does not say"),
    ],
)
def test_what_cannot_be_done(arguments: list[str], reason: str, capsys: pytest.CaptureFixture[str]) -> None:
    Path("wrong").write_text("# run\nwrong\n")
    Path("binary").write_bytes(bytes(range(256)))
    Path("empty").touch()
    Path("nobody").mkdir()
    assert main(["crash", *arguments]) == 2
    assert reason in capsys.readouterr().err


@pytest.mark.parametrize("option", ["-j", "--sample", "--states", "--generate", "--wander"])
def test_nothing_is_no_number(option: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main(["crash", option, "0"])
    assert left.value.code == 2
    assert f"argument {option}: this is a number from 1 to " in capsys.readouterr().err


def test_a_lost_process_is_no_success(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(CrashTester, "test_run", lambda *arguments: os.kill(os.getpid(), signal.SIGKILL))
    assert main(["crash", "workloads", "--on", CONFIGURATION, "-j", "2"]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("xok: a process was killed by signal 9 before its work was done; ")


def test_what_was_found_before_an_interrupt_is_saved(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    real = CrashTester.test_run

    def test_run(tester: CrashTester, workload: Workload, machine: Configuration) -> Report:
        if workload.name == "workloads/two":
            raise KeyboardInterrupt
        return real(tester, workload, machine)

    monkeypatch.setattr(CrashTester, "test_run", test_run)
    Path("workloads/two").write_text(WORKLOAD)
    assert main(["crash", "workloads", *FEW, "--plant", "clean-flag-stays", "--save", "found"]) == 130
    said = capsys.readouterr()
    assert f"one on {CONFIGURATION}" in said.out
    assert "xok: saved found/one-0" in said.err
    assert said.err.endswith("xok: interrupted\n")
    assert Path("found/one-0").exists()


def test_an_interrupt_ends_all_processes() -> None:
    """From the terminal, which sends it to each of them; the line of progress says that they work."""
    above, below = pty.openpty()
    command = [
        *HEARING,
        sys.executable,
        "-m",
        "vm",
        "crash",
        "--generate",
        "3",
        "-j",
        "2",
        "--on",
        CONFIGURATION,
    ]
    child = subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=below, text=True, start_new_session=True
    )
    os.close(below)
    said = b""
    while b"crash states, " not in said:
        said += os.read(above, 1000)
    os.killpg(child.pid, signal.SIGINT)
    out, _ = child.communicate()
    assert out.startswith("configuration "), "what was done is told"
    with suppress(OSError):  # the other side is closed
        while more := os.read(above, 1000):
            said += more
    os.close(above)
    assert child.returncode == 130
    assert said.rstrip().endswith(b"xok: interrupted")
    assert b"Traceback" not in said


RUNNABLE = ("1 runnable process", *(f"{number} runnable processes" for number in (2, 4, 8)))


def test_bench(capsys: pytest.CaptureFixture[str]) -> None:
    command = ["bench", "fs", "--quick", "--files", "20", "--only", "small"]
    assert main([*command, "--format", "json"]) == 0
    said = capsys.readouterr()
    assert len(json.loads(said.out)["runs"]) == 2
    assert said.err == ""
    assert main(["bench", "fs", "--only", "install", "--tree", "missing", "--quick"]) == 2
    assert "missing" in capsys.readouterr().err


def test_bench_of_handlers(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "ash", "--format", "json"]) == 0
    said = capsys.readouterr()
    assert said.err == ""
    figures = {each["name"]: each["measured"] for table in json.loads(said.out).values() for each in table}
    handled = [figures[f"{number}, handler"] for number in RUNNABLE]
    waiting = [figures[f"{number}, user level"] for number in RUNNABLE]
    assert max(handled) <= 1.02 * min(handled), "flat, whoever wants to run"
    assert [*handled[:1], *waiting] == sorted([*handled[:1], *waiting])
    assert waiting[-1] > 5 * waiting[1]
    assert (figures["checks of 40 bytes"] < 13, figures["checks of 128 bytes"] < 7) == (True, True)
    assert main(["bench", "ash"]) == 0
    assert "remote increment, handler" in capsys.readouterr().out
