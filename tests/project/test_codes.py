"""`dpfc explain` tells the truth: each bad example gets its code, each good one does not."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from dpfc.catalogue import CATALOGUE
from dpfc.language.parse import parse_file
from dpfc.program import Mode, build_program, prove_program
from dpfc.resolve import resolve_files
from runtime.diagnostic import CodeEntry, Refused
from runtime.source import Source

ROOT = Path(__file__).parents[2]
WITH_EXAMPLES = [entry for entry in CATALOGUE.values() if entry.language == "dpf" and entry.bad]


def _codes(text: str, mode: Mode) -> list[str]:
    """Return the codes that a DPF text gets, warnings included."""
    try:
        resolved = resolve_files((parse_file(Source("example.dpf", text)),), 1)
        program = build_program(resolved.filters, mode)
        prove_program(program, None)
    except Refused as refused:
        return [diagnostic.code for diagnostic in refused.diagnostics]
    return [diagnostic.code for diagnostic in (*resolved.warnings, *program.warnings)]


@pytest.mark.parametrize("entry", WITH_EXAMPLES, ids=lambda entry: entry.code)
def test_examples_in_the_filter_language(entry: CodeEntry) -> None:
    mode: Mode = "specific" if entry.code.startswith("DPF07") else "all"
    assert _codes(entry.bad, mode) == [entry.code]
    assert _codes(entry.good, mode) == []


def test_every_code_that_is_raised_is_explained() -> None:
    files = [path for name in ("dpfc", "runtime", "grammar") for path in (ROOT / name).rglob("*.py")]
    raised = {
        code
        for path in files
        if not path.stem.startswith("codes")
        for code in re.findall(r'"((?:DPF|CAP|IR|CHK|TAB|GEN|VAL)\d{3})"', path.read_text(encoding="utf-8"))
    }
    assert raised <= set(CATALOGUE)


def test_every_entry_says_enough() -> None:
    for code, entry in CATALOGUE.items():
        assert entry.code == code
        assert entry.title
        assert len(entry.meaning) > 20, code
        assert (entry.language == "none") == (not entry.bad), code
