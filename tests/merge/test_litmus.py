"""Filters whose first line says what must be said of them side by side, and of their arithmetic."""

from __future__ import annotations

from pathlib import Path

import pytest

from dpfc.language.parse import parse_file, read_source
from dpfc.program import build_program, prove_program
from dpfc.resolve import resolve_files
from runtime.diagnostic import Diagnostic, Refused
from runtime.source import Source

PROGRAMS = sorted((Path(__file__).parents[1] / "litmus" / "merge").glob("*.dpf"))


def _judge(source: Source) -> tuple[Diagnostic, ...]:
    try:
        program = build_program(resolve_files([parse_file(source)], 1).filters, "specific")
        prove_program(program, None)
    except Refused as refused:
        return refused.diagnostics
    return program.warnings


@pytest.mark.parametrize("path", PROGRAMS, ids=lambda path: path.stem)
def test_program(path: Path) -> None:
    source = read_source(path.name, path.read_bytes())
    said = _judge(source)
    places = [one.span.source.position(one.span.start) for one in said]
    found = [f"{one.code} at {line}:{column}" for one, (line, column) in zip(said, places, strict=True)]
    assert ", ".join(found or ["accepted"]) == source.text.splitlines()[0].removeprefix("# expect: ")
    if path.stem.startswith("ambiguous"):
        assert any("both accept this message" in note for note in said[0].notes)
    if path.stem.startswith("contradictory"):
        assert said[0].message.count("`") == 6, "the filter and both tests are named"


def test_there_are_programs() -> None:
    assert len(PROGRAMS) >= 20
