"""Open tables: the same in text and bytes, refused with entries, asked wherever the caller keeps them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from runtime.diagnostic import Refused
from runtime.ir.binary import decode_function, encode_function
from runtime.ir.interpret import prepare_function, run_function
from runtime.ir.nodes import Entry, Function
from runtime.ir.parser import parse_function
from runtime.ir.printer import print_function
from runtime.ir.verify import verify_function
from runtime.source import Source

_TEXT = """func f(%0 a: u32; %1 b: u16) -> (u32) {
  open table flows exact (u32, u16) -> u32 default 7
  table ports exact (u16) -> u32 default 0 {
    80 -> 1
  }
  open table rules first (u32) -> u32 default 0
  %2 = lookup flows(%0, %1)
  %3 = lookup rules(%2)
  return %3
}
"""


def _parse() -> Function:
    function = parse_function(Source("open.ir", _TEXT))
    verify_function(function)
    return function


def test_text_and_bytes_say_the_same() -> None:
    function = _parse()
    assert [table.open for table in function.tables] == [True, False, True]
    assert print_function(function) == _TEXT
    assert decode_function(encode_function(function)) == function


def test_closed_tables_are_written_as_before() -> None:
    opened = "func f() {\n  open table t exact (u8) -> u8 default 0\n  return\n}\n"
    closed = opened.replace("open ", "").replace("default 0", "default 0 {\n  }")
    texts = [encode_function(parse_function(Source("t", text))) for text in (opened, closed)]
    assert [pair for pair in zip(*texts, strict=True) if pair[0] != pair[1]] == [(16, 0)]


def test_no_entries() -> None:
    function = _parse()
    flows = replace(function.tables[0], entries=(Entry((1, 2), (1, 2), 3),))
    with pytest.raises(Refused) as refused:
        verify_function(replace(function, tables=(flows, *function.tables[1:])))
    assert [each.code for each in refused.value.diagnostics] == ["IR124"]
    assert refused.value.diagnostics[0].notes


def test_every_unknown_kind_is_refused() -> None:
    data = bytearray(encode_function(_parse()))
    place = data.index(b"flows") + len(b"flows")
    assert data[place] == 16
    for kind in {*range(256)} - {0, 1, 2, 3, 16, 17, 18, 19}:
        data[place] = kind
        with pytest.raises(Refused) as refused:
            decode_function(bytes(data))
        assert [each.code for each in refused.value.diagnostics] == ["IR206"]


def test_the_caller_answers() -> None:
    rows = {(1, 2): 30}
    tables = {"flows": lambda keys: rows.get(keys, 7), "rules": lambda keys: keys[0] + 1}
    prepared = prepare_function(_parse(), tables)
    assert prepared.run({}, (1, 2)).results == (31,)
    rows[3, 4] = 50
    assert prepared.run({}, (3, 4)).results == (51,), "contents may change between calls"
    assert run_function(_parse(), {}, (5, 5), tables=tables).results == (8,)


@pytest.mark.parametrize("names", [(), ("flows",), ("flows", "rules", "ports"), ("flows", "rules", "other")])
def test_just_the_open_tables_are_given(names: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="takes the maps of its open tables: flows, rules"):
        prepare_function(_parse(), {name: lambda _keys: 0 for name in names})


def test_the_first_entry_wins() -> None:
    text = """func f(%0 a: u8; %1 b: u8) -> (u8) {
  table t first (u8, u8) -> u8 default 9 {
    (0..20, 5) -> 1
    (10..30, 0..9) -> 2
    (10..30, 0..9) -> 3
    (5, 0..255) -> 4
  }
  %2 = lookup t(%0, %1)
  return %2
}
"""
    prepared = prepare_function(parse_function(Source("first.ir", text)))
    keys = {(15, 5): 1, (15, 6): 2, (25, 5): 2, (5, 5): 1, (5, 6): 4, (31, 5): 9, (25, 10): 9}
    assert {key: prepared.run({}, key).results[0] for key in keys} == keys
