"""One form for every spelling: the same formula, trie and code; and the same messages as before."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dpfc import formula as f
from dpfc.atoms.split import split_fields
from dpfc.canonical import canonical, canonicalize
from dpfc.language.parse import parse_file
from dpfc.merge.boolean import make_pool
from dpfc.merge.lower import lower_trie
from dpfc.merge.need import Room
from dpfc.merge.overlap import order_by_specificity
from dpfc.merge.trie import merge_filters
from dpfc.naive import Wrapped, accepts
from dpfc.names.known import Slot
from dpfc.resolve import resolve_files
from dpfc.show import show_formula
from runtime.check.prove import check_function
from runtime.diagnostic import Accepted, Refused
from runtime.ir.interpret import run_function
from runtime.ir.nodes import Function
from runtime.ir.printer import print_function
from runtime.ir.verify import verify_function
from runtime.policy import FILTER
from runtime.source import Source
from tests.dpf.spellings import strange_formulas, strange_tests
from tests.merge.formulas import START, formulas, messages

ARP = "12:16 == 0x0806; 14:16 == 1; 16:16 == 0x0800;"
UDP = "12:16 == 0x0800; 14:8 == 0x45; 23:8 == 17;"

SAME = {
    "a place as a sum": ("(4 + 0):16 == 7", "4:16 == 7"),
    "a constant shift": ("shift 14; 9:8 == 6", "23:8 == 6"),
    "two constant shifts": ("shift 14; shift 20; 2:16 == 80", "shift 30; shift 4; 2:16 == 80"),
    "constant and other shifts": (
        "shift (0:8) + 3; shift 4; 2:16 == 80",
        "shift 3 + 0:8; shift 2; 4:16 == 80",
    ),
    "scaled shifts": ("shift (0:8 & 0xf) << 2; 2:16 == 80", "shift (0:8 & 0xf) * 4; 2:16 == 80"),
    "scaled shifts, constant first": (
        "shift 4 * (0:8 & 15); 2:16 == 80",
        "shift (0:8 << 2) & 0x3c; 2:16 == 80",
    ),
    "scaled shifts of a narrow field": (
        "shift (0:8 & 0xf) << 2; shift 2; 0:16 == 80",
        "shift 2 + (0:8 % 16) * 4; 0:16 == 80",
    ),
    "a mask of upper bits": ("(26:32 & 0xff000000) == 0x0a000000", "26:32 == 10.0.0.0/8"),
    "a mask and a shift": ("(14:8 >> 4) == 4; (14:8 & 0xf) == 5", "14:8 == 0x45"),
    "a mask of one bit": ("(20:8 & 0x20) == 0x20", "20:8 & 0x20 != 0"),
    "a scattered mask": ("(0:16 & 0xf00f) == 0x4005", "(0:8 & 0xf0) == 0x40; (1:8 & 0xf) == 5"),
    "a scattered mask, unequal": ("(0:16 & 0xf00f) != 0", "(0:16 & 0xf00f) > 0"),
    "bytes backwards": ("0:16 le == 0x3412", "0:16 == 0x1234"),
    "a constant added": ("0:8 + 3 == 10", "0:8 == 7"),
    "a constant subtracted from": ("100 - 0:4 == 96", "0:4 == 4"),
    "a constant multiplied by": ("0:8 * 10 >= 35; 0:8 * 10 < 50", "0:8 == 4"),
    "a constant divided by": ("0:16 / 10 == 3", "0:16 in {30..39}"),
    "inverted bits": ("(0:8 ^ 0xff) == 0xf0", "0:8 == 0x0f"),
    "some inverted bits": ("(0:8 ^ 0x81) == 0", "0:8 == 0x81"),
    "comparisons": ("0:8 >= 3; 0:8 <= 3", "0:8 == 3"),
    "a range in pieces": ("0:8 == 3 or 0:8 in {4..6} or 0:8 == 7", "0:8 in {3..7}"),
    "a comparison turned round": ("0:8 > 4:8", "4:8 < 0:8"),
    "equal either way": ("0:8 == 4:8", "4:8 == 0:8"),
    "a comparison denied twice": ("not not 0:8 == 4:8", "0:8 == 4:8"),
    "negation of alternatives": ("not (0:8 == 1 or 4:8 == 2)", "not 0:8 == 1; not 4:8 == 2"),
    "negation of a conjunction": ("not (0:8 == 1 and 1:8 == 2)", "not 0:16 == 0x0102"),
    "halves and the whole": ("0:16 == 5; 2:16 == 6", "2:16 == 6; 0:32 == 0x00050006"),
    "a part of what is known": ("0:32 == 0x01020304; 2:8 in {1..7}", "0:32 == 0x01020304"),
    "room that is implied": ("0:16 & 0xff00 == 0x0800; 4:8 == 1", "4:8 == 1; 0:8 == 8"),
    "ARP request for one address": (
        f"{ARP} 20:16 == 1; 38:8 == 10; 39:8 == 0; 40:8 == 0; 41:8 == 1",
        "41:8 == 1; 12:48 == 0x080600010800; 20:16 == 1; 38:16 == 0x0a00; 40:8 == 0",
    ),
    "UDP, address bytes in an odd order": (
        f"{UDP} 28:8 == 3; 29:8 == 4; 26:8 == 1; 27:8 == 2; 34:16 == 53; 36:16 == 99",
        f"{UDP} 26:32 == 1.2.3.4; 34:32 == 53 * 65536 + 99",
    ),
    "UDP, ports first": (
        f"36:16 == 99; 34:16 == 53; {UDP} 26:16 == 0x0102; 28:16 == 0x0304",
        f"{UDP} 26:32 == 1.2.3.4; 34:16 == 53; 36:16 == 99",
    ),
    "first fragments": (
        "12:16 == 0x0800; (20:16 & 0x1fff) == 0; 30:32 == 10.0.0.1",
        "(20:16 << 3) % 65536 == 0; 30:16 == 0x0a00; 12:16 == 0x0800; 32:16 == 1",
    ),
    "more fragments": ("(20:8 & 0x20) == 0x20; 23:8 == 17", "20:8 >> 5 & 1 == 1; 23:8 == 17"),
    "TCP with shifts": (
        "12:16 == 0x0800; shift 14; 9:8 == 6; shift ((0:8) & 0x0f) << 2; 0:16 == 1234; 2:16 == 4321",
        "12:16 == 0x0800; shift 14; 9:8 == 6; shift 4 * (0:8 & 15); 2:16 == 4321; 0:16 == 1234",
    ),
    "names and numbers": (
        "udp.dport in {53, 54}",
        "53 <= udp.dport; udp.dport <= 54",
    ),
}

DUPLICATES = [name for name, (first, _) in SAME.items() if first.startswith(("12:16", "26:", "36:", "udp"))]
"""Of these, filters for whole packets: a message that both accept is found by writing it."""

DIFFERENT = {
    "a short capture": ("(0:16 & 0xff00) == 0x0800", "0:8 == 8"),
    "a short capture, denied": ("(0:16 & 0xff00) != 0x0800", "0:8 != 8"),
    "byte orders": ("0:16 le == 0x1234", "0:16 == 0x1234"),
    "shifts": ("shift (0:8 & 0xf) << 2; 2:16 == 80", "shift (0:8 & 0xf) << 3; 2:16 == 80"),
    "presence": ("0:8 != 3", "not 0:8 == 3"),
    "the order of shifts": ("shift 0:8; shift 4; 0:8 == 1", "shift 4; shift 0:8; 0:8 == 1"),
}

NEVER = (
    "(0:8 & 0xf0) == 0x41",
    "0:8 + 1 == 300",
    "0:8 == 3; 0:8 == 4",
    "0:16 == 5; 1:8 == 6",
    "0:8 * 2 == 7",
)
"""Filters that no message matches, and whose form says so."""

ALWAYS_REFUSED = (
    "0:8 - 3 == 5",
    "0:64 + 1 == 5",
    "100 / 0:8 == 3",
    "0:8 - 1:8 in {0..255}",
    "0:16 != 0; 100 / 0:8 == 5",
    "shift 0:8 - 20; 0:8 == 1",
)
ACCEPTED = (
    "0:8 == 7; 0:8 - 3 == 4",
    "0:8 >= 3; 0:8 - 3 < 5",
    "0:8 != 0; 100 / 0:8 == 3",
    "(0:32 & 0xffff) != 0; 100 / 0:32 == 3",
    "0:32 == 0x01020304; (0:32 - 5) % 7 == 1",
    "14:8 == 0x45; shift 14; shift (0:8 & 0xf) * 4 - 20; 0:8 == 1",
)


def _resolve(body: str) -> f.Filter:
    text = f"filter one {{ {body} }}"
    return resolve_files([parse_file(Source("one.dpf", text))], 1).filters[0]


def _lower(parts: tuple[f.Formula, ...]) -> Function:
    pool = make_pool(parts)
    numbered = [(f.FilterId(number), pool.add(part)) for number, part in enumerate(parts, start=1)]
    function = lower_trie(merge_filters(pool, numbered, "first"), pool, "first", len(parts))
    verify_function(function)
    return function


def _make_messages(part: f.Formula) -> list[bytes]:
    """Return messages of all lengths, some of which nearly satisfy `part`: its numbers are in them."""
    drawn = random.Random(show_formula(part))
    frame = bytearray(60)
    frame[12:15], frame[23] = b"\x08\x00\x45", 17
    frame[26:38] = bytes((1, 2, 3, 4, 10, 0, 0, 1, 0, 53, 0, 99))
    noise = [bytes(drawn.choices((0, 1, 2, 3, 4, 5, 7, 8, 0x40, 0x45, 80), k=n)) for n in range(60)]
    return [*(bytes(frame[:n]) for n in range(61)), *noise]


def _judge(part: f.Formula, message: bytes) -> bool | None:
    try:
        return accepts(part, message)
    except Wrapped:
        return None


@pytest.mark.parametrize("name", SAME)
def test_two_spellings_have_one_form(name: str) -> None:
    first, second = (_resolve(body).formula for body in SAME[name])
    assert show_formula(canonical(first)) == show_formula(canonical(second))
    assert canonical(first) == canonical(second)
    assert print_function(_lower((canonical(first),))) == print_function(_lower((canonical(second),)))
    for message in _make_messages(first):
        assert accepts(canonical(first), message) == accepts(first, message) == accepts(second, message)


@pytest.mark.parametrize("name", DUPLICATES)
def test_duplicates_are_found_without_the_prover(name: str) -> None:
    filters = canonicalize(_resolve(body) for body in SAME[name])
    pool = make_pool(one.formula for one in filters)

    def prove(formula: int) -> bytes | None:
        raise AssertionError("the prover is not needed")

    with pytest.raises(Refused) as refusal:
        order_by_specificity(filters, pool, prove)
    assert [one.code for one in refusal.value.diagnostics] == ["DPF071"]


@pytest.mark.parametrize("name", DIFFERENT)
def test_what_differs_on_some_message_keeps_its_form(name: str) -> None:
    first, second = (canonical(_resolve(body).formula) for body in DIFFERENT[name])
    assert first != second


def test_a_narrower_load_does_not_accept_shorter_messages() -> None:
    part = canonical(_resolve("(0:16 & 0x0f00) == 0x0800; (2:24 & 0x0f0000) == 0").formula)
    assert [accepts(part, b"\x08\0\0\0\0"[:size]) for size in range(6)] == [False] * 5 + [True]


@pytest.mark.parametrize("body", NEVER)
def test_what_cannot_be_is_false(body: str) -> None:
    assert canonical(_resolve(body).formula) == f.Or(())


@pytest.mark.parametrize("body", [*ALWAYS_REFUSED, *ACCEPTED])
def test_the_checker_says_the_same_of_both_forms(body: str) -> None:
    written = _resolve(body).formula
    (cut,) = split_fields((canonical(written), _resolve("1:8 == 1; 2:8 == 1").formula))[:1]
    for part in (written, canonical(written), cut):
        assert isinstance(check_function(_lower((part,)), FILTER).verdict, Accepted) == (body in ACCEPTED)


@settings(max_examples=200)
@given(st.one_of(strange_tests, strange_formulas, formulas), st.lists(messages, min_size=1, max_size=6))
def test_the_form_means_the_same(part: f.Formula, packets: list[bytes]) -> None:
    rewritten = canonical(part)
    for message in packets:
        answers = {_judge(part, message), _judge(rewritten, message)} - {None}
        assert len(answers) < 2


@settings(max_examples=200)
@given(strange_tests, st.lists(messages, min_size=1, max_size=6))
def test_a_test_that_wraps_goes_on_wrapping(part: f.Test, packets: list[bytes]) -> None:
    rewritten = canonical(part)
    for message in packets:
        assert _judge(part, message) == _judge(rewritten, message)


@settings(max_examples=200)
@given(st.one_of(strange_formulas, formulas))
def test_the_form_of_the_form_is_itself(part: f.Formula) -> None:
    rewritten = canonical(part)
    assert canonical(rewritten) == rewritten
    assert canonical(f.Not(f.Not(part))) == rewritten


pieces = st.lists(st.tuples(st.integers(0, 90), st.integers(1, 40)), min_size=1, max_size=8)


@settings(max_examples=150)
@given(st.binary(min_size=20, max_size=20), pieces, st.randoms(use_true_random=False))
def test_pieces_and_order_do_not_matter(
    message: bytes, pieces: list[tuple[int, int]], drawn: random.Random
) -> None:
    """Ask for some bits of a message: in overlapping pieces, and bit by bit in any order."""
    whole = int.from_bytes(message, "big")

    def ask(start: int, end: int) -> f.Test:
        number = whole >> 160 - end & (1 << end - start) - 1
        return f.Test(f.Field(START, start, end - start), ((number, number),))

    in_pieces = f.And(tuple(ask(start, start + size) for start, size in pieces))
    places = sorted({place for start, size in pieces for place in range(start, start + size)})
    bits = [ask(place, place + 1) for place in places]
    drawn.shuffle(bits)
    assert canonical(in_pieces) == canonical(f.And(tuple(bits)))
    assert accepts(canonical(in_pieces), message)


@settings(max_examples=100)
@given(st.lists(formulas, min_size=1, max_size=4), st.lists(messages, min_size=1, max_size=5))
def test_cutting_changes_no_answer(parts: list[f.Formula], packets: list[bytes]) -> None:
    rewritten = [canonical(part) for part in parts]
    cut = split_fields(rewritten)
    assert [canonical(part) for part in cut] == rewritten
    function = _lower(cut)
    for message in packets:
        accepted = [number for number, part in enumerate(parts, start=1) if accepts(part, message)]
        assert run_function(function, {"message": message}).results == ((accepted or [0])[0],)


def test_cut_fields_share_tests() -> None:
    bodies = ("26:32 == 1.2.3.4; 30:32 == 5.6.7.8", "30:32 == 5.6.7.8", "30:16 in {1..9}")
    cut = split_fields([canonical(_resolve(body).formula) for body in bodies])
    assert [show_formula(part).split("\n")[:-1] for part in cut] == [
        ["and", "  start[26:32] in {16909060}", "  start[30:16] in {1286}", "  start[32:16] in {1800}"],
        ["and", "  start[30:16] in {1286}", "  start[32:16] in {1800}"],
        ["start[30:16] in {1..9}"],
    ]
    subjects = {one for one in make_pool(cut).subjects if not isinstance(one, Room)}
    assert len(subjects) == 3


def test_values_that_are_not_known_yet_are_left_alone() -> None:
    source, port = Slot("source"), Slot("port")
    field = f.Field(f.Shift(START, f.Number(14)), 96, 32)
    part = f.And((f.Test(field, source), f.Test(f.Field(START, 0, 16), ((5, 5),)), f.Test(field, port)))
    rewritten = canonical(part)
    assert isinstance(rewritten, f.And)
    tests = [test for test in rewritten.parts if isinstance(test, f.Test)]
    assert [test.subject for test in tests] == [f.Field(START, 0, 16), *[f.Field(START, 208, 32)] * 2]
    assert {test.values for test in tests[1:]} == {source, port}
