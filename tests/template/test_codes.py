"""The table of diagnostics: each example gets its code, each mended example none; no code is missing."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import runtime.template
from runtime.diagnostic import CodeEntry
from runtime.template.codes import CODES
from runtime.template.download.codes import FORM_CODES
from tests.template.proving import codes, install, lower, refuse

_EXAMPLES = [each for each in CODES if each.language == "udf"]


@pytest.mark.parametrize("entry", _EXAMPLES, ids=lambda each: each.code)
def test_examples(entry: CodeEntry) -> None:
    assert codes(refuse(lower(entry.bad))) == [entry.code]
    assert not install(entry.good).tested


def test_the_tables_have_exactly_the_codes_that_the_package_raises() -> None:
    files = [path for path in Path(runtime.template.__path__[0]).rglob("*.py") if "codes" not in path.stem]
    raised = {
        code for path in files for code in re.findall(r'"(TPL\d{3})"', path.read_text(encoding="utf-8"))
    }
    assert sorted(each.code for each in (*CODES, *FORM_CODES)) == sorted(raised)
