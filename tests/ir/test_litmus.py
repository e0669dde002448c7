"""Litmus programs: each file of tests/litmus/ir says in its first line what the IR package answers.

`# expect: accepted`, or `# expect: IR122 at 4:3`: the code, and line and column of the diagnostic. Files that
expect other codes belong to other tests.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from runtime.diagnostic import Refused
from runtime.ir.codes import CODES
from runtime.ir.parser import parse_function
from runtime.ir.verify import verify_function
from runtime.source import Source

_FOLDER = Path(__file__).parent.parent / "litmus" / "ir"
_EXPECTATION = re.compile(r"# expect: (accepted|[A-Z]+\d{3} at \d+:\d+)")


def _expectation(path: Path) -> str:
    first = path.read_text(encoding="utf-8").split("\n", 1)[0]
    match = _EXPECTATION.match(first)
    assert match, f"{path.name} says nothing about what to expect"
    return match[1]


_FILES = [path for path in sorted(_FOLDER.glob("*.ir")) if _expectation(path).startswith(("IR", "accepted"))]


def _judge(path: Path) -> str:
    source = Source(path.name, path.read_text(encoding="utf-8"))
    try:
        verify_function(parse_function(source))
    except Refused as refused:
        diagnostic = refused.diagnostics[0]
    else:
        return "accepted"
    line, column = source.position(diagnostic.span.start)
    return f"{diagnostic.code} at {line}:{column}"


@pytest.mark.parametrize("path", _FILES, ids=lambda path: path.stem)
def test_litmus(path: Path) -> None:
    assert _judge(path) == _expectation(path)


def test_every_code_that_text_can_cause_has_a_litmus_program() -> None:
    covered = {_expectation(path).split()[0] for path in _FILES}
    wanted = {entry.code for entry in CODES if entry.language == "ir"}
    assert wanted <= covered
