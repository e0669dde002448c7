"""The table of diagnostics: each example gets its code, each mended example none; no code is missing."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import runtime.ir
from runtime.diagnostic import CodeEntry, Refused
from runtime.ir.codes import CODES
from runtime.ir.parser import parse_function
from runtime.ir.verify import verify_function
from runtime.source import Source

_WITH_EXAMPLES = [entry for entry in CODES if entry.language == "ir"]


def _code(text: str) -> str:
    try:
        verify_function(parse_function(Source("example.ir", text)))
    except Refused as refused:
        return refused.diagnostics[0].code
    return "accepted"


@pytest.mark.parametrize("entry", _WITH_EXAMPLES, ids=lambda entry: entry.code)
def test_examples(entry: CodeEntry) -> None:
    assert _code(entry.bad) == entry.code
    assert _code(entry.good) == "accepted"


def test_the_table_has_exactly_the_codes_that_the_package_raises() -> None:
    files = [path for path in Path(runtime.ir.__path__[0]).glob("*.py") if not path.stem.startswith("codes")]
    raised = {code for path in files for code in re.findall(r'"(IR\d{3})"', path.read_text(encoding="utf-8"))}
    codes = [entry.code for entry in CODES]
    assert codes == sorted(set(codes))
    assert raised == set(codes)
