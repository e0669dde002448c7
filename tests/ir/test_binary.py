"""The binary form: its exact bytes for one function, and damaged data."""

from __future__ import annotations

import pytest

from runtime import limits
from runtime.diagnostic import Refused
from runtime.ir.binary import decode_function, encode_function
from runtime.ir.parser import parse_function
from runtime.source import Source

_HEADER = b"XIR1\x01"
_BEFORE_BODY = b"\x01f" + bytes(6)  # named f, no regions, parameters, results, emits, emit limit, tables
_TEXT = """
func f(region m: read, size 64; %0 at: u64) -> (u16) {
  table t prefix (u16) -> u16 default 300 { 16..31 -> 1 }
  %1 = load u16le m[%0]
  %2 = lookup t(%1)
  return %2
}
"""
_BYTES = bytes.fromhex(
    "5849523101"  # XIR1, version 1
    "0166"  # f
    "01 016d 04 40"  # one region: m, read and constant, 64
    "01 026174 04"  # one parameter: at, u64
    "01 02 00 00"  # one result: u16; no emits; emit limit 0
    "01 0174 02 01 02 02 ac02 01"  # one table: t, prefix, one column u16, to u16, default 300, one entry:
    "10 04 01"  # 16, 4 free bits, to 1
    "03"  # three instructions
    "08 02 01 00 01"  # load u16 le, region 0, the value one back
    "0a 00 01 01"  # lookup table 0, one key, one back
    "12 01 01"  # return one value, one back
)


def test_golden_bytes() -> None:
    function = parse_function(Source("f.ir", _TEXT))
    assert encode_function(function) == _BYTES
    assert decode_function(_BYTES) == function


def _code(data: bytes) -> str:
    try:
        decode_function(data)
    except Refused as refused:
        return refused.diagnostics[0].code
    return "accepted"


@pytest.mark.parametrize("length", range(len(_BYTES)))
def test_every_truncation_is_refused(length: int) -> None:
    assert _code(_BYTES[:length]) == ("IR201" if length < len(_HEADER) else "IR202")


@pytest.mark.parametrize(
    "data, expected",
    [
        (_HEADER + _BEFORE_BODY + b"\x01\x12\x00", "accepted"),
        (b"XIR1\x02" + _BEFORE_BODY + b"\x01\x12\x00", "IR201"),
        (b"ELF!\x01" + _BEFORE_BODY + b"\x01\x12\x00", "IR201"),
        (_HEADER + _BEFORE_BODY + b"\x01\x12\x00\x00", "IR203"),
        (_HEADER + b"\x51" + b"f" * 81, "IR204"),  # a long name
        (_HEADER + b"\x01f\x11" + bytes(99), "IR204"),  # 17 regions
        (_HEADER + b"\x01f\x00\x00\x00\x00\x00\x81\x20" + bytes(99), "IR204"),  # 4097 tables
        (_HEADER + _BEFORE_BODY + b"\xff\xff\xff\x7f" + bytes(99), "IR204"),  # 2**28 instructions
        (_HEADER + _BEFORE_BODY + b"\xc0\x9a\x0c" + bytes(99), "IR202"),  # 200,000 claimed, 99 bytes
        (_HEADER + _BEFORE_BODY + b"\x01\x0b\x09\x01c\x00", "IR204"),  # a call with nine targets
        (_HEADER + _BEFORE_BODY + b"\x81\x00\x12\x00", "IR205"),  # 1 in two bytes
        (_HEADER + _BEFORE_BODY + b"\x01\x00\x04" + b"\xff" * 9 + b"\x02", "IR205"),  # 65 bits
        (_HEADER + _BEFORE_BODY + b"\x01\x00\x04" + b"\x80" * 99, "IR205"),  # a number without end
        (_HEADER + _BEFORE_BODY + b"\x01\x00\x04" + b"\xff" * 9 + b"\x01", "accepted"),  # 2**64 - 1
        (_HEADER + _BEFORE_BODY + b"\x01\x13", "IR206"),  # opcode 19
        (_HEADER + _BEFORE_BODY + b"\x01\x00\x05\x00", "IR206"),  # type 5
        (_HEADER + _BEFORE_BODY + b"\x01\x07\x00", "IR206"),  # length of region 0 of none
        (_HEADER + _BEFORE_BODY + b"\x01\x0a\x00\x00", "IR206"),  # lookup in table 0 of none
        (_HEADER + _BEFORE_BODY + b"\x01\x12\x01\x01", "IR206"),  # an operand before the first value
        (_HEADER + b"\x01f\x01\x01m\x07\x04", "IR206"),  # right 3
        (_HEADER + b"\x02\xc3\xa9" + bytes(9), "IR207"),
        (_HEADER + b"\x02\xff\xfe" + bytes(9), "IR207"),
    ],
)
def test_damage(data: bytes, expected: str) -> None:
    assert _code(data) == expected


@pytest.mark.parametrize("depth, expected", [(64, "accepted"), (65, "IR208"), (100_000, "IR208")])
def test_nesting_bomb(depth: int, expected: str) -> None:
    """Each level: one instruction, `if` on the value 0 back, whose second arm is empty."""
    data = _HEADER + _BEFORE_BODY + b"\x01\x0d\x00" * depth + b"\x00" + b"\x00" * depth
    assert _code(data) == expected


def test_data_over_the_limit_is_refused_unread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MAX_IR_BYTES", len(_BYTES) - 1)
    assert _code(_BYTES) == "IR204"


def test_entries_of_all_tables_together_are_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    tables = "\n".join(f"table t{n} exact (u8) -> u8 default 0 {{ 1 -> 1 2 -> 2 }}" for n in range(2))
    encoded = encode_function(parse_function(Source("f.ir", f"func f() {{ {tables} return }}")))
    monkeypatch.setattr(limits, "MAX_TABLE_ENTRIES", 4)
    assert _code(encoded) == "accepted"
    monkeypatch.setattr(limits, "MAX_TABLE_ENTRIES", 3)
    assert _code(encoded) == "IR204"
