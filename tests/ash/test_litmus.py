"""Programs whose first line says what must be said about them; behind it, what is checked at run time.

`# expect: accepted`, and then a line for each check that the compiler has put in (not for a `require`), and
the entries of the undo log; or `# expect: ASH060 at 7:27`: each code, and line and column of the diagnostic.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ashc.catalogue import CATALOGUE
from ashc.program import Compiled, compile_program
from runtime.diagnostic import Diagnostic, Refused
from runtime.handler.form import decode_handler, encode_handler
from runtime.handler.install import Installed, install_handler
from runtime.predicate.form import decode_predicate, encode_predicate

PROMISES = ("# expect: ", "# check at ", "# budget at ", "# undo: ")
PROGRAMS = sorted((Path(__file__).parent.parent / "litmus" / "ash").glob("*.ash"))
ACCEPTED = [path for path in PROGRAMS if path.stem.startswith("accepted_")]


def judge(path: Path) -> list[str]:
    """Return the lines that are expected at the start of a program."""
    try:
        compiled = compile_program(str(path))
        installed = [
            install_handler(each, compiled.budgets[name]) for name, each in compiled.handlers.items()
        ]
    except Refused as refused:
        said = refused.diagnostics
    else:
        check_forms(compiled)
        return ["# expect: accepted", *(line for each in installed for line in say_checks(each))]
    assert all(each.code in CATALOGUE for each in said)
    assert all(each.notes for each in said), "a refusal shows a way out"
    return [f"# expect: {', '.join(map(say_place, said))}"]


def check_forms(compiled: Compiled) -> None:
    for handler in compiled.handlers.values():
        assert decode_handler(encode_handler(handler)) == handler
    for predicate in compiled.predicates.values():
        assert decode_predicate(encode_predicate(predicate)) == predicate


def say_place(diagnostic: Diagnostic) -> str:
    line, column = diagnostic.span.source.position(diagnostic.span.start)
    return f"{diagnostic.code} at {line}:{column}"


def say_checks(installed: Installed) -> Iterator[str]:
    for check in installed.handler.checks:
        if check.kind in {"check", "budget"}:
            line, column = check.span.source.position(check.span.start)
            yield f"# {check.kind} at {line}:{column}: {check.text}"
    if installed.body.entries:
        yield f"# undo: {installed.body.entries}"


@pytest.mark.parametrize("path", PROGRAMS, ids=lambda path: path.stem)
def test_program(path: Path) -> None:
    said, lines = judge(path), path.read_text("utf-8").splitlines()
    assert [line for line in lines if line.startswith(PROMISES)] == said == lines[: len(said)]
    assert path.stem.startswith("accepted_") == (said[0] == "# expect: accepted")


def test_there_are_enough_programs() -> None:
    assert len(ACCEPTED) >= 30
    assert len(PROGRAMS) - len(ACCEPTED) >= 80
