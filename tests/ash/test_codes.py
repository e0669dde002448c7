"""`ashc explain` tells the truth: each bad example gets its code, each good one does not."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ashc.catalogue import CATALOGUE
from runtime.diagnostic import CodeEntry
from tests.ash.programs import find_codes

ROOT = Path(__file__).parents[2]
EXAMPLES = [entry for entry in CATALOGUE.values() if entry.language == "ash"]


@pytest.mark.parametrize("entry", EXAMPLES, ids=lambda entry: entry.code)
def test_examples(entry: CodeEntry) -> None:
    assert find_codes(entry.bad) == [entry.code]
    assert find_codes(entry.good) == []


def test_every_code_that_is_raised_is_explained() -> None:
    folders = ("ashc", "runtime/handler", "runtime/predicate")
    files = [path for folder in folders for path in (ROOT / folder).rglob("*.py")]
    raised = {
        code
        for path in files
        if not path.stem.startswith("codes")
        for code in re.findall(r'"((?:ASH|HND|PRD)\d{3})"', path.read_text(encoding="utf-8"))
    }
    assert raised <= set(CATALOGUE)
