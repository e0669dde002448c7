"""Instances from CSV files."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dpfc.language.parse import parse_file
from dpfc.naive import accepts
from dpfc.names.instances import read_instances
from dpfc.resolve import Resolved, resolve_files
from runtime.diagnostic import Refused
from runtime.source import Source

PROGRAM = "filter conn(source, port = 80) { ipv4.src == source; 34:16 == port }\nfilter other { arp }"


def run(text: str) -> Resolved:
    rows = read_instances(Source("rows.csv", text))
    return resolve_files([parse_file(Source("conn.dpf", PROGRAM))], 1, {"conn": rows})


def packet(source: bytes, port: int) -> bytes:
    return bytes(12) + b"\x08\x00" + bytes(12) + source + bytes(4) + port.to_bytes(2, "big")


def test_each_row_is_a_filter() -> None:
    filters = run("source,port\n10.0.0.1,80\n10.1.0.0/16, 8000..8080\n").filters
    assert [(one.id, one.name) for one in filters] == [(1, "conn[1]"), (2, "conn[2]"), (3, "other")]
    assert accepts(filters[0].formula, packet(b"\x0a\0\0\1", 80))
    assert not accepts(filters[0].formula, packet(b"\x0a\0\0\2", 80))
    assert accepts(filters[1].formula, packet(b"\x0a\1\7\2", 8080))
    assert not accepts(filters[1].formula, packet(b"\x0a\1\7\2", 8081))


def test_columns_in_another_order_and_defaults() -> None:
    first = run("source\n10.0.0.1\n").filters[0]
    second = run('port,source\n80,"10.0.0.1"\n').filters[0]
    assert first.formula == second.formula


def test_a_filter_without_instances_is_checked_but_does_not_run() -> None:
    assert [one.name for one in resolve_files([parse_file(Source("x", PROGRAM))], 1).filters] == ["other"]
    wrong = parse_file(Source("x", "filter conn(source) { ipv4.sorce == source }"))
    with pytest.raises(Refused) as refusal:
        resolve_files([wrong], 1)
    assert refusal.value.diagnostics[0].code == "DPF011"


@pytest.mark.parametrize(
    "text, code, part",
    [
        ("", "DPF052", "empty"),
        ("source,source\n", "DPF052", "twice"),
        ("source,\n", "DPF052", "no name"),
        ("1,2\n3,4\n", "DPF052", "`1` is no name"),
        ("source\n10.0.0.1,5\n", "DPF052", "row 1 has 2 cells"),
        ('source\n10.0.0.1\n"x\n', "DPF052", "row 2"),
        ("source\n10.0.0\n", "DPF053", "row 1, column `source`"),
        ("source,port\n10.0.0.1,90..80\n", "DPF053", "row 1, column `port`"),
        ("source,port\n10.0.0.1,\n", "DPF053", "empty"),
        ("source,port\n10.0.0.1,70000\n", "DPF020", "70000 does not fit"),
        ("source,port\n::1,80\n", "DPF021", "an IPv6 address has 128 bits"),
        ("source,prt\n10.0.0.1,80\n", "DPF051", "no parameter `prt`"),
        ("port\n80\n", "DPF051", "no column for parameter `source`"),
        ("source\n\0\n", "DPF053", "row 1"),
        ("a" * 200_000 + "\n", "DPF052", ""),
    ],
)
def test_damaged_tables(text: str, code: str, part: str) -> None:
    with pytest.raises(Refused) as refusal:
        run(text)
    diagnostic = refusal.value.diagnostics[0]
    assert diagnostic.code == code
    assert part in diagnostic.message
    assert diagnostic.span.source.name == "rows.csv"


def test_instances_for_no_filter() -> None:
    rows = read_instances(Source("rows.csv", "source\n10.0.0.1\n"))
    with pytest.raises(Refused) as refusal:
        resolve_files([parse_file(Source("x", PROGRAM))], 1, {"con": rows})
    assert refusal.value.diagnostics[0].code == "DPF013"
    assert refusal.value.diagnostics[0].notes == ("did you mean `conn`?",)


@given(st.text(max_size=60))
@settings(max_examples=200)
def test_any_text_is_rows_or_refused(text: str) -> None:
    try:
        codes = {"rows" for row in read_instances(Source("rows.csv", text)) if row.values}
    except Refused as refusal:
        codes = {one.code for one in refusal.diagnostics}
    assert codes <= {"rows", "DPF052", "DPF053"}
