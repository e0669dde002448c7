"""The command `ashc` as people and programs use it: outputs, exit statuses, wrong inputs."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from ashc.cli import COMMANDS, main
from runtime.handler.form import decode_handler
from runtime.predicate.form import decode_predicate

ROOT = Path(__file__).parents[2]
INCREMENT = str(ROOT / "examples" / "increment.ash")

SMALL = """\
const PORT = 7
region 64 bytes { count: u32le }
handler count {
    message { port: u16be; amount: u32be }
    initial { require message.port == PORT }
    commit { region.count = message.amount; wake(PORT) }
}
predicate waits { word pending: u32 = kernel pending; when pending != 0 tag 3 }
"""


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "small.ash").write_text(SMALL)
    return "small.ash"


def test_check_in_text_and_json(small: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", small]) == 0
    shown = capsys.readouterr().out
    assert "small.ash: handler `count`: accepted" in shown
    assert "small.ash: predicate `waits`: accepted" in shown
    assert main(["check", small, "--format", "json"]) == 0
    (found,) = json.loads(capsys.readouterr().out)
    assert [each["kind"] for each in found["handlers"][0]["checks"]] == ["check", "require"]
    assert found["predicates"][0]["name"] == "waits"


def test_refusals_in_text_and_json(small: str, capsys: pytest.CaptureFixture[str]) -> None:
    Path(small).write_text(SMALL.replace("message.amount", "message.sum"))
    assert main(["check", small]) == 1
    assert "small.ash:6:37: error[ASH011]" in capsys.readouterr().err
    assert main(["check", small, INCREMENT, "--format", "json"]) == 1
    refused, accepted = json.loads(capsys.readouterr().out)
    assert (refused["accepted"], accepted["accepted"]) == (False, True)
    assert refused["diagnostics"][0]["code"] == "ASH011"


def test_constants_from_the_command_line(small: str, capsys: pytest.CaptureFixture[str]) -> None:
    message = ["-m", "0009 00000001"]
    assert main(["run", small, *message, "-D", "PORT=9", "--format", "json"]) == 0
    (outcome,) = json.loads(capsys.readouterr().out)
    assert (outcome["verdict"], outcome["wakes"]) == ("consumed", [9])
    assert main(["run", small, *message]) == 0
    assert "aborted" in capsys.readouterr().out
    assert main(["check", small, "-D", "PROT=9"]) == 1
    assert "did you mean `PORT`" in capsys.readouterr().err


def test_regions_are_read_and_written(small: str, capsys: pytest.CaptureFixture[str]) -> None:
    Path("before").write_bytes(bytes(range(64)))
    messages = "0007 00000005   # the first\n\n00:07 00:00:01:00\n"
    Path("messages").write_text(messages)
    assert main(["run", small, "--region", "before", "--save-region", "after", "--messages", "messages"]) == 0
    assert Path("after").read_bytes() == b"\0\1\0\0" + bytes(range(4, 64))
    assert capsys.readouterr().out.count("consumed") == 2


def test_download_forms(small: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compile", f"{small}:count", "-o", "count.xah"]) == 0
    assert decode_handler(Path("count.xah").read_bytes()).name == "count"
    assert main(["check", "count.xah"]) == 0
    assert "check 0: the message has 6 bytes" in capsys.readouterr().out
    assert main(["compile", f"{small}:waits", "-o", "waits"]) == 0
    assert decode_predicate(Path("waits").read_bytes()).pages == ()
    Path("bad.xah").write_bytes(b"\0\1")
    assert main(["check", "bad.xah"]) == 1
    assert "HND021" in capsys.readouterr().err


@pytest.mark.parametrize("stage", ["ast", "ir", "llvm", "asm"])
def test_stages(small: str, stage: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compile", f"{small}:count", "--emit", stage, "-o", "-"]) == 0
    assert "count" in capsys.readouterr().out


IMPOSSIBLE = {
    "no such file": ["check", "missing.ash"],
    "a folder": ["check", "."],
    "no message": ["run", "small.ash:count"],
    "no hexadecimal digits": ["run", "small.ash:count", "-m", "xyz"],
    "no such handler": ["run", "small.ash:counts", "-m", "00"],
    "no such word": ["run", "small.ash:waits", "--word", "pendig=1"],
    "no handler at all": ["run", "empty.ash", "-m", "00"],
    "a region of another size": ["run", "small.ash:count", "-m", "00", "--region", "empty.ash"],
    "no number": ["check", "small.ash", "-D", "PORT=x"],
    "no such command": ["prove", "small.ash"],
    "nothing": [],
}


@pytest.mark.parametrize("arguments", IMPOSSIBLE.values(), ids=IMPOSSIBLE)
def test_what_cannot_be_done(small: str, arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    Path("empty.ash").write_text("")
    try:
        status = main(arguments)
    except SystemExit as ended:  # argparse
        status = int(str(ended.code))
    captured = capsys.readouterr()
    assert (status, captured.out) == (2, "")
    assert captured.err.splitlines()[-1].startswith("ashc")
    assert "Traceback" not in captured.err


def test_an_empty_file_is_a_program(small: str, capsys: pytest.CaptureFixture[str]) -> None:
    Path("empty.ash").write_text("")
    assert main(["check", "empty.ash"]) == 0
    assert "no handlers" in capsys.readouterr().out


def test_an_interrupt_is_no_traceback(
    small: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("ashc.commands.judge.compile_program", interrupt)
    assert main(["check", small]) == 130
    assert capsys.readouterr().err == "ashc: interrupted\n"


def test_predicates_of_a_file_with_nothing_else(small: str, capsys: pytest.CaptureFixture[str]) -> None:
    Path("waits.ash").write_text(SMALL.splitlines()[-1])
    assert main(["run", "waits.ash"]) == 0
    assert main(["run", "waits.ash", "--word", "pending=1", "--format", "json"]) == 0
    shown = capsys.readouterr().out
    assert shown.startswith("sleeps on\n")
    assert json.loads(shown.partition("\n")[2])["answer"] == 3


def test_help_names_every_command_and_standard_input_is_read() -> None:
    shown = subprocess.run(
        [sys.executable, "-m", "ashc", "--help"], capture_output=True, text=True, check=True, cwd=ROOT
    ).stdout
    assert all(name in shown for name in COMMANDS)
    done = subprocess.run(
        [sys.executable, "-m", "ashc", "check", "-", "--no-cache"],
        input=SMALL,
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
    )
    assert "handler `count`: accepted" in done.stdout
