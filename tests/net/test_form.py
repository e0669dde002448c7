"""The download form of filters: what goes in comes out; every refusal has a code that is explained."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from dpfc.formula import And, Chain, Field, Formula, Here, Not, Number, Or, Shift, Start, Test
from dpfc.language.parse import parse_file
from dpfc.resolve import resolve_files
from runtime.diagnostic import Refused
from runtime.source import Source
from tests.net.compile import FRAGMENTS, formula_of
from vm.net.codes import NET_CODES
from vm.net.download import Download, Follow
from vm.net.form import MAGIC, decode_filter, encode_filter
from vm.net.form_writer import write_list, write_number
from vm.net.limits import FORM_BYTES, FORM_NODES

ROOT = Path(__file__).parents[2]
TEXTS = (
    "tcp.dport == 80",
    "ipv6.protocol == 58 and not (ipv6.src == ::1)",
    "12:16 == 0x0800; shift 14; 9:8 == 6; shift ((0:8) & 0x0f) << 2; 2:16 in {80, 8000..8080}",
    "vlan.id == 3; udp.sport < udp.dport",
    "length > 60",
    "0:16 le == 0x1234 or 5:8 != 9",
)


@pytest.mark.parametrize("text", TEXTS)
def test_what_is_encoded_is_decoded(text: str) -> None:
    for priority, follow in ((0, None), (77, FRAGMENTS)):
        download = Download(formula_of(text), priority, follow)
        assert decode_filter(encode_filter(download)) == download


def test_all_filters_of_the_examples() -> None:
    for path in (ROOT / "examples").glob("*.dpf"):
        for one in resolve_files((parse_file(Source(path.name, path.read_text())),), 1, {}).filters:
            assert decode_filter(encode_filter(Download(one.formula))).formula == one.formula


def _refused(data: bytes) -> str:
    with pytest.raises(Refused) as caught:
        decode_filter(data)
    return caught.value.diagnostics[0].code


def _doubled(times: int) -> Formula:
    """A formula that is short in its form and long written out."""
    one: Formula = Test(Field(Start(), 0, 8), ((1, 1),))
    for _ in range(times):
        one = And((one, one))
    return one


def test_forms_that_are_none() -> None:
    good = encode_filter(Download(formula_of("tcp")))
    assert _refused(b"") == _refused(b"XNF2" + good[4:]) == _refused(good + bytes(FORM_BYTES)) == "NET001"
    assert _refused(good + b"x") == "IR203"
    assert {_refused(good[:length]) for length in range(5, len(good))} <= {"IR202", "IR204", "NET002"}


def test_too_large_a_formula_is_refused_without_writing_it_out() -> None:
    assert decode_filter(encode_filter(Download(_doubled(8)))).formula == _doubled(8)
    nodes = [b"\x00", b"\x05\x00\x00\x08\x00", b"\x0b\x01\x01\x01\x00"]
    nodes += [b"\x0c\x02" + write_number(place) * 2 for place in range(2, 200)]
    assert _refused(MAGIC + write_list(nodes) + b"\x02\x00\x00") == "NET004"
    assert _refused(MAGIC + write_list([b"\x00"] * (FORM_NODES + 1)) + b"\x00\x00\x00") == "IR204"


def test_nodes_that_cannot_stand_where_they_do() -> None:
    field = Field(Start(), 0, 8)
    test = Test(field, ((1, 1),))
    wrong: tuple[object, ...] = (
        Test(Field(Here(), 0, 8), ((1, 1),)),
        Not(field),  # type: ignore[arg-type]
        Test(test, ((1, 1),)),  # type: ignore[arg-type]
        Test(Field(Shift(Start(), Number(1)), 0, 65), ((1, 1),)),
        Test(Field(Start(), 3, 8, True), ((1, 1),)),
        Test(Field(Start(), 1 << 30, 8), ((1, 1),)),
        Test(field, ((1, 2), (3, 4))),
        Test(field, ((0, 1 << 64),)),
        Or((test, Test(Chain(Start(), field, (), 1), ((1, 1),)))),  # type: ignore[arg-type]
    )
    codes = [_refused(encode_filter(Download(each))) for each in wrong]  # type: ignore[arg-type]
    assert codes == ["NET002"] * 3 + ["NET003"] * 4 + ["IR205", "NET003"]


def test_a_key_has_fields() -> None:
    follow = Follow(FRAGMENTS.first, FRAGMENTS.later, ())
    assert _refused(encode_filter(Download(FRAGMENTS.later, 0, follow))) == "NET003"


def test_every_code_is_explained() -> None:
    used: set[str] = set()
    for folder in ("net", "scenario"):
        for path in (ROOT / "vm" / folder).glob("*.py"):
            if path.name != "codes.py":
                used |= set(re.findall(r"\"(NET\d{3})\"", path.read_text()))
    assert used == {entry.code for entry in NET_CODES}
