"""docs/ash.md tells the truth: programs compile, commands print what it shows, numbers are the limits."""

from __future__ import annotations

import re
import shlex
import shutil
from pathlib import Path

import pytest

from ashc.catalogue import CATALOGUE
from ashc.cli import main
from ashc.language.build_statement import COMMANDS as STATEMENTS
from ashc.language.find import SHIPPED
from ashc.names.header import MESSAGE_BYTES
from ashc.names.scope import FUNCTIONS
from ashc.pipes.pipe import GAUGES
from runtime import limits
from tests.ash.programs import find_codes

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "ash.md").read_text("utf-8")
PROGRAMS = {
    found[1]: (found[2] or "", block)
    for block in re.findall(r"```ash\n(.*?)```", TEXT, re.DOTALL)
    if (found := re.match(r"# in (\w+\.ash)(?:, refused: (\w+))?\n", block))
}
SESSIONS = re.findall(r"```console\n(.*?)```", TEXT, re.DOTALL)


def test_every_program_has_a_name() -> None:
    assert len(PROGRAMS) == TEXT.count("```ash\n") >= 5


@pytest.mark.parametrize("name", PROGRAMS)
def test_program(name: str) -> None:
    code, text = PROGRAMS[name]
    assert find_codes(text) == ([code] if code else [])


@pytest.mark.parametrize("session", SESSIONS, ids=lambda session: session.splitlines()[0][2:50])
def test_session(
    session: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    for name, (_, text) in PROGRAMS.items():
        (tmp_path / name).write_text(text, "utf-8")
    monkeypatch.chdir(tmp_path)
    shown = ""
    for line in session.splitlines():
        if line.startswith("$ "):
            program, *arguments = shlex.split(line[2:])
            assert program == "ashc"
            status = main([*arguments, "--no-cache"])
            said = capfd.readouterr()
            shown += f"{line}\n{said.out}{said.err}"
            assert status == int("error[" in said.err)
    assert shown == session


def test_statements_functions_gauges_and_files_are_listed() -> None:
    for name in STATEMENTS:
        assert f"`{name}(" in TEXT
    for name in (*FUNCTIONS, *GAUGES):
        assert f"`{name}`" in TEXT or f"`{name}(" in TEXT
    for path in SHIPPED.glob("*.ash"):
        assert f"`{path.stem}`" in TEXT
    for name in re.findall(r"^pipe (\w+)", (SHIPPED / "pipes.ash").read_text("utf-8"), re.MULTILINE):
        assert f"`{name}`" in TEXT


def test_numbers_are_the_limits() -> None:
    numbers = (
        (MESSAGE_BYTES, "The longest message is {} bytes"),
        (limits.HANDLER_BUDGET, "The budget is {:,} instructions"),
        (limits.MAX_LAYERS, "At most {} layers"),
        (limits.MAX_EFFECTS, "sends at most {} pieces"),
        (limits.MAX_HANDLER_CHECKS, "gives up at {:,} places"),
        (limits.MAX_UNDO_ENTRIES, "room for {:,} writes"),
        (limits.MAX_NESTING, "nests at most {} deep"),
    )
    for number, text in numbers:
        assert text.format(number) in TEXT
    assert limits.MAX_HANDLER_BUDGET == 1 << 24


def test_codes_are_those_that_there_are() -> None:
    named = set(re.findall(r"\b(?:ASH|PRD|HND)\d{3}\b", TEXT))
    assert named <= set(CATALOGUE)
    assert all(code.startswith(("ASH", "PRD", "HND", "IR", "CHK", "TAB", "GEN", "VAL")) for code in CATALOGUE)
