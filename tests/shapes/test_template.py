"""A filter resolved once for all its rows means what it means for each row by itself, errors included."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dpfc import formula as f
from dpfc.language.parse import parse_file
from dpfc.naive import accepts
from dpfc.names.instances import Row, read_instances
from dpfc.resolve import Resolved, resolve_files
from runtime.diagnostic import Diagnostic, Refused
from runtime.source import Source

BODIES = {
    "plain": ("a, p", "{ 0:8 == 1; 1:32 == a; 5:16 == p }"),
    "turned": ("p, a", "{ p == 5:16; 1:32 in a }"),
    "default": ("a, p = 80", "{ 1:32 == a; 5:16 == p }"),
    "either": ("p", "{ 0:8 == 1 and 1:16 == p or 0:8 == 2 and 3:16 == p }"),
    "both": ("p", "{ 0:8 == 1 and 1:16 == p or 5:16 == p }"),
    "twice": ("p", "{ 1:16 == p; 1:16 in {0..70} }"),
    "sum": ("a", "{ 0:8 + 1:8 == a + 1 }"),
    "place": ("p", "{ (p + 1):8 == 3 }"),
    "set": ("p, a", "{ 5:16 in {p, 7} ; 1:32 == a }"),
    "denied": ("p", "{ not (5:16 == p); 0:8 == 1 }"),
    "unequal": ("p", "{ 5:16 != p }"),
    "less": ("p", "{ 5:16 < p }"),
    "wide": ("a", "{ ipv6.src == a }"),
    "unused": ("a, p", "{ 5:16 == p }"),
    "ports": ("p", "{ tcp.dport == p }"),
    "calls": ("p", "{ @plain(3, p) }"),
}
LIBRARY = "\n".join(f"filter {name}({of}) {body}" for name, (of, body) in BODIES.items())
NAMES = {name: tuple(one.split("=")[0].strip() for one in of.split(",")) for name, (of, _) in BODIES.items()}
EASY = ("0", "1", "3", "7", "80", "513")
CELLS = (
    *EASY,
    "70000",
    "10.0.0.1",
    "10.0.0.0/8",
    "5..9",
    "1..1",
    "::1",
    "::/64",
    "02:00:00:00:00:01",
    str(1 << 90),
)


def _resolve(name: str, rows: list[tuple[str, ...]], least: int) -> Resolved | tuple[Diagnostic, ...]:
    text = "\n".join(",".join(row) for row in (NAMES[name][: len(rows[0])], *rows))
    instances: tuple[Row, ...] = read_instances(Source("rows", text))
    try:
        return resolve_files((parse_file(Source("library", LIBRARY)),), 1, {name: instances}, least)
    except Refused as refused:
        return refused.diagnostics


def _list_formulas(resolved: Resolved) -> dict[int, list[f.Formula]]:
    formulas: dict[int, list[f.Formula]] = {one.id: [one.formula] for one in resolved.filters}
    for table in resolved.tables:
        lows, highs = zip(*table.lows, strict=True), zip(*table.highs, strict=True)
        for number, low, high in zip(table.ids.tolist(), lows, highs, strict=True):
            one = table.shape.formula(tuple(map(int, low)), tuple(map(int, high)))
            formulas.setdefault(number, []).append(one)
    return formulas


@settings(max_examples=200)
@given(
    st.sampled_from(sorted(BODIES)),
    st.lists(st.tuples(st.sampled_from(CELLS), st.sampled_from(EASY)), min_size=2, max_size=5),
    st.booleans(),
    st.lists(st.lists(st.sampled_from((0, 1, 2, 3, 5, 7, 10, 80)), max_size=8).map(bytes), max_size=6),
)
def test_rows_mean_what_each_means_by_itself(
    name: str, cells: list[tuple[str, str]], easy: bool, asked: list[bytes]
) -> None:
    width = len(NAMES[name])
    rows = [((second, first) if easy else (first, second))[:width] for first, second in cells]
    together, alone = _resolve(name, rows, least=2), _resolve(name, rows, least=1 << 30)
    if not isinstance(together, Resolved) or not isinstance(alone, Resolved):
        assert together == alone
        return
    assert (together.names, together.spans, together.warnings) == (alone.names, alone.spans, alone.warnings)
    parts = _list_formulas(together)
    assert sorted(parts) == [one.id for one in alone.filters]
    messages = [*asked, *(bytes([k, 0, 0, 0, 3, 0, 80]) for k in (1, 2)), _make_six(1), _make_tcp(80)]
    for one in alone.filters:
        for message in messages:
            held = [accepts(part, message) for part in parts[one.id]]
            assert any(held) == accepts(one.formula, message)


def _make_six(source: int) -> bytes:
    return bytes(12) + b"\x86\xdd\x60" + bytes(7) + source.to_bytes(16, "big") + bytes(24)


def _make_tcp(port: int) -> bytes:
    return bytes(12) + b"\x08\x00\x45" + bytes(8) + b"\x06" + bytes(12) + port.to_bytes(2, "big") + bytes(8)


@pytest.mark.parametrize(
    ("name", "tables"), [("plain", 1), ("either", 2), ("wide", 1), ("ports", 2), ("calls", 1)]
)
def test_numbers_to_compare_with_stay_rows(name: str, tables: int) -> None:
    resolved = _resolve(name, [("3", "7")[: len(NAMES[name])]] * 8, least=8)
    assert isinstance(resolved, Resolved)
    assert (len(resolved.tables), resolved.filters) == (tables, ())


@pytest.mark.parametrize("name", ["sum", "place", "set", "denied", "unequal", "less", "both", "twice"])
def test_what_looks_at_the_number_is_resolved_row_by_row(name: str) -> None:
    resolved = _resolve(name, [("3", "7")[: len(NAMES[name])]] * 8, least=8)
    assert isinstance(resolved, Resolved)
    assert (len(resolved.filters), resolved.tables) == (8, ())
