"""The stored parser tables are those of the grammar, and change nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

import grammar.loader
from dpfc.language.parse import parse_file
from grammar.loader import digest_grammar, tables_path
from grammar.tables import LANGUAGES
from runtime.diagnostic import Refused
from runtime.source import Source

TEXTS = (
    "filter web { tcp.dport in {80, 8000..8080} }",
    "filter web { tcp.dport = 80 }",
    "header x on a.b == 1 {}",
)


@pytest.mark.parametrize("name", LANGUAGES)
def test_tables_are_fresh(name: str) -> None:
    assert f'"digest":"{digest_grammar(name)}"' in tables_path(name).read_text("ascii"), (
        "the grammar or lark has changed: run `python -m grammar.tables`"
    )


@pytest.mark.parametrize("text", TEXTS)
def test_tables_change_nothing(text: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with_tables = judge(text)
    monkeypatch.setattr(grammar.loader, "_read_tables", lambda name: None)
    assert judge(text) == with_tables


def judge(text: str) -> object:
    try:
        return parse_file(Source("text", text)).declarations
    except Refused as refusal:
        return refusal.diagnostics
