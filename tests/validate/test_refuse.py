"""Hostile machine code: every case of `hostile.txt` is refused, with the code that it is to give."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import pytest

from runtime.diagnostic import Refused
from runtime.validate.codes import CODES
from runtime.validate.judge import validate_code
from tests.validate.shapes import SHAPES, validate_shape


class Case(NamedTuple):
    code: str
    name: str
    shape: str
    bytes: bytes


def _read_cases() -> list[Case]:
    """Lines `CODE name shape hexadecimal`, each followed by the same as assembly text."""
    cases: list[Case] = []
    for line in (Path(__file__).parent / "hostile.txt").read_text().splitlines()[::2]:
        code, name, shape, digits = line.split()
        cases.append(Case(code, name, shape, b"" if digits == "-" else bytes.fromhex(digits)))
    return cases


CASES = _read_cases()


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_hostile_code_is_refused(case):
    with pytest.raises(Refused) as caught:
        validate_shape(case.bytes, case.shape)
    assert caught.value.diagnostics[0].code == case.code


def test_entry_inside_an_instruction():
    with pytest.raises(Refused) as caught:
        validate_code(bytes.fromhex("31c0c3"), SHAPES["filter"], entry=1)
    assert caught.value.diagnostics[0].code == "VAL003"


def test_too_many_bytes():
    with pytest.raises(Refused) as caught:
        validate_code(b"\x90" * ((1 << 20) + 1), SHAPES["filter"])
    assert caught.value.diagnostics[0].code == "VAL007"


def test_every_code_has_a_case():
    tested = {case.code for case in CASES} | {"VAL007"}
    assert tested == {entry.code for entry in CODES}


def test_refusal_names_address_instruction_and_fact():
    with pytest.raises(Refused) as caught:
        validate_code(bytes.fromhex("0fb607c3"), SHAPES["filter"])
    assert caught.value.diagnostics[0].message == (
        "`movzx eax, byte ptr [rdi]` at 0x0: the 1-byte load is not proved to be inside `region message`"
    )


def test_deep_chain_of_choices_does_not_recurse():
    # xor eax, eax; cmp rsi, 1; setb al; then 3000 times test al, al; setne al; then a bad load behind `je`
    chain = bytes.fromhex("84c00f95c0") * 3000
    code = bytes.fromhex("31c04883fe010f92c0") + chain + bytes.fromhex("84c074030fb607c3")
    with pytest.raises(Refused) as caught:
        validate_code(code, SHAPES["filter"])
    assert caught.value.diagnostics[0].code == "VAL010"


def test_deeply_nested_loops_are_refused():
    # xor eax, eax; 200 heads `inc eax`; 200 times jne to the heads, innermost first; ret
    code = bytearray(bytes.fromhex("31c0") + bytes.fromhex("ffc0") * 200)
    for level in range(199, -1, -1):
        target = 2 + 2 * level
        code += b"\x0f\x85" + (target - len(code) - 6).to_bytes(4, "little", signed=True)
    with pytest.raises(Refused) as caught:
        validate_code(bytes(code) + b"\xc3", SHAPES["filter"])
    assert caught.value.diagnostics[0].code == "VAL007"
