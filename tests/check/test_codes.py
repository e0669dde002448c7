"""The table of diagnostics: each example gets its code, each mended example none; no code is missing."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import runtime.check
from runtime.check.codes import CODES
from runtime.check.prove import check_function
from runtime.diagnostic import Accepted, CodeEntry, Verdict
from runtime.ir.parser import parse_function
from runtime.ir.verify import verify_function
from runtime.policy import FILTER
from runtime.source import Source


def _check(text: str) -> Verdict:
    function = parse_function(Source("example.ir", text))
    verify_function(function)
    return check_function(function, FILTER).verdict


@pytest.mark.parametrize(
    "entry", [each for each in CODES if each.language == "ir"], ids=lambda each: each.code
)
def test_examples(entry: CodeEntry) -> None:
    bad = _check(entry.bad)
    assert not isinstance(bad, Accepted)
    assert [diagnostic.code for diagnostic in bad.diagnostics] == [entry.code]
    assert all(diagnostic.notes for diagnostic in bad.diagnostics)
    assert isinstance(_check(entry.good), Accepted)


def test_the_table_has_exactly_the_codes_that_the_package_raises() -> None:
    files = [path for path in Path(runtime.check.__path__[0]).glob("*.py") if path.stem != "codes"]
    raised = {
        code for path in files for code in re.findall(r'"(CHK\d{3})"', path.read_text(encoding="utf-8"))
    }
    codes = [entry.code for entry in CODES]
    assert codes == sorted(set(codes))
    assert raised == set(codes)
