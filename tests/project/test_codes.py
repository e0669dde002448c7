"""`explain` tells the truth: each bad example gets its code, each good one does not."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from dpfc.catalogue import CATALOGUE as FILTER_CATALOGUE
from dpfc.language.parse import parse_file
from dpfc.program import Mode, build_program, prove_program
from dpfc.resolve import resolve_files
from runtime.diagnostic import CodeEntry, Refused
from runtime.source import Source
from runtime.template.install import install_templates
from udfc.catalogue import CATALOGUE as TEMPLATE_CATALOGUE
from udfc.language.load import load_files
from udfc.lower import lower_files

ROOT = Path(__file__).parents[2]
CATALOGUE = {**FILTER_CATALOGUE, **TEMPLATE_CATALOGUE}


def _examples(language: str) -> list[CodeEntry]:
    return [entry for entry in CATALOGUE.values() if entry.language == language and entry.bad]


def _codes(text: str, mode: Mode) -> list[str]:
    """Return the codes that a DPF text gets, warnings included."""
    try:
        resolved = resolve_files((parse_file(Source("example.dpf", text)),), 1)
        program = build_program(resolved.filters, mode)
        prove_program(program, None)
    except Refused as refused:
        return [diagnostic.code for diagnostic in refused.diagnostics]
    return [diagnostic.code for diagnostic in (*resolved.warnings, *program.warnings)]


@pytest.mark.parametrize("entry", _examples("dpf"), ids=lambda entry: entry.code)
def test_examples_in_the_filter_language(entry: CodeEntry) -> None:
    mode: Mode = "specific" if entry.code.startswith("DPF07") else "all"
    assert _codes(entry.bad, mode) == [entry.code]
    assert _codes(entry.good, mode) == []


def _template_codes(text: str, folder: Path) -> list[str]:
    """Return the codes that a UDF text gets."""
    path = folder / "example.udf"
    path.write_text(text)
    try:
        install_templates(lower_files(load_files(str(path))))
    except Refused as refused:
        return [diagnostic.code for diagnostic in refused.diagnostics]
    return []


@pytest.mark.parametrize("entry", _examples("udf"), ids=lambda entry: entry.code)
def test_examples_in_the_template_language(entry: CodeEntry, tmp_path: Path) -> None:
    assert entry.code in _template_codes(entry.bad, tmp_path)
    assert _template_codes(entry.good, tmp_path) == []


def test_every_code_that_is_raised_is_explained() -> None:
    files = [path for name in ("dpfc", "udfc", "runtime", "grammar") for path in (ROOT / name).rglob("*.py")]
    codes = re.compile(r'"((?:DPF|UDF|CAP|IMG|IR|CHK|TAB|TPL|GEN|VAL)\d{3})"')
    raised = {
        code
        for path in files
        if not path.stem.startswith("codes")
        for code in codes.findall(path.read_text(encoding="utf-8"))
    }
    assert raised <= set(CATALOGUE)


def test_a_code_has_one_meaning() -> None:
    shared = FILTER_CATALOGUE.keys() & TEMPLATE_CATALOGUE.keys()
    assert all(FILTER_CATALOGUE[code] == TEMPLATE_CATALOGUE[code] for code in shared)


def test_every_entry_says_enough() -> None:
    for code, entry in CATALOGUE.items():
        assert entry.code == code
        assert entry.title
        assert len(entry.meaning) > 20, code
        assert (entry.language == "none") == (not entry.bad), code
