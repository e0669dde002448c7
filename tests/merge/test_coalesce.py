"""Equalities become few comparisons of words: the golden IR of one, no other answers, no wider reads."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dpfc import formula as f
from dpfc.atoms.split import split_fields
from dpfc.canonical import canonical
from dpfc.merge.boolean import make_pool
from dpfc.merge.join import Equality, Word, find_equality, join_equalities, list_operands
from dpfc.merge.lower import lower_trie
from dpfc.merge.need import Room
from dpfc.merge.trie import DONE, Evaluate, Mode, merge_filters
from dpfc.naive import accepts
from runtime.check.prove import check_function
from runtime.diagnostic import Accepted
from runtime.ir.interpret import run_function
from runtime.ir.nodes import Function
from runtime.ir.printer import print_function
from runtime.ir.verify import verify_function
from runtime.pipeline import compile_function
from runtime.policy import FILTER, FILTER_ALL
from tests.merge.formulas import CHAIN, JUMP, START, formulas, messages

_BASES: tuple[f.Base, ...] = (START, START, JUMP)
UDP = ((12, 16, 0x0800), (14, 8, 0x45), (23, 8, 17), (36, 16, 53))

GOLDEN = """\
func classify(region message: read, max 16777216) -> (u32) {
  %0 = const u64 38
  %1 = length message
  %2 = ule %0, %1
  %3 = const u1 1
  %4 = xor %2, %3
  if %4 {
    %5 = const u32 0
    return %5
  }
  %6 = const u64 12
  %7 = load u32le message[%6]
  %8 = const u32 16777215
  %9 = and %7, %8
  %10 = const u32 4521992
  %11 = eq %9, %10
  %12 = const u64 23
  %13 = load u8 message[%12]
  %14 = const u8 17
  %15 = eq %13, %14
  %16 = const u64 36
  %17 = load u16le message[%16]
  %18 = const u16 13568
  %19 = eq %17, %18
  %20 = and %11, %15
  %21 = and %20, %19
  %22 = xor %21, %3
  if %22 {
    %23 = const u32 0
    return %23
  }
  %24 = const u32 1
  return %24
}
"""


def _ask(place: int, bits: int, number: int, base: f.Base = START) -> f.Test:
    return f.Test(f.Field(base, 8 * place, bits), ((number, number),))


def _lower(parts: list[f.Formula], mode: Mode = "first", coalesce: bool = True) -> Function:
    pool = make_pool(parts)
    numbered = [(f.FilterId(number), pool.add(part)) for number, part in enumerate(parts, start=1)]
    function = lower_trie(merge_filters(pool, numbered, mode), pool, mode, len(parts), coalesce=coalesce)
    verify_function(function)
    return function


def _answer(function: Function, message: bytes) -> list[int]:
    outcome = run_function(function, {"message": message})
    return sorted([*(number for number in outcome.results if number), *(one for (one,) in outcome.emitted)])


def _count(function: Function, text: str) -> int:
    return print_function(function).count(text)


def test_a_run_of_equalities_is_a_few_comparisons() -> None:
    assert print_function(_lower([f.And(tuple(_ask(*one) for one in UDP))])) == GOLDEN


def test_the_order_of_writing_does_not_show() -> None:
    backwards = f.And(tuple(_ask(*one) for one in reversed(UDP)))
    forwards = f.And(tuple(_ask(*one) for one in UDP))
    code = [compile_function(_lower([one]), FILTER, None).machine_code for one in (forwards, backwards)]
    assert code[0].code == code[1].code


def test_a_filter_evaluated_as_written_is_joined_too() -> None:
    parts = f.And(tuple(_ask(*one) for one in UDP))
    pool = make_pool([parts])
    function = lower_trie(Evaluate(pool.add(parts), f.FilterId(1), DONE), pool, "first", 1)
    assert _count(function, "= load") == 3


def test_the_switch_turns_it_off() -> None:
    parts = f.And(tuple(_ask(*one) for one in UDP))
    assert _count(_lower([parts], coalesce=False), "= load") == 4


def test_what_arithmetic_computes_with_is_compared_by_itself() -> None:
    difference = f.Test(f.Arithmetic("-", f.Field(START, 96, 16), f.Number(5)), ((2043, 2043),))
    function = _lower([f.And((*(_ask(*one) for one in UDP), difference))])
    judgement = check_function(function, FILTER)
    assert isinstance(judgement.verdict, Accepted)
    assert judgement.statistics.proved_by_solver == 0
    assert _count(function, "load u16be") == 1


@pytest.mark.parametrize("gap", [1, 3, 5, 6])
@pytest.mark.parametrize("start", [0, 1, 4])
def test_no_word_reaches_behind_the_fields(start: int, gap: int) -> None:
    parts = f.And((_ask(start, 8, 1), _ask(start + gap, 8, 2)))
    function = _lower([parts])
    message = bytes(start) + b"\1" + bytes(gap - 1) + b"\2"
    assert _answer(function, message) == [1]  # the interpreter refuses to read behind the message
    assert _answer(function, message[:-1]) == []
    assert _answer(function, message + b"\0") == [1]


def test_words_cover_all_that_is_asked_and_no_more() -> None:
    asked = [(12, 16, 0x0800), (14, 8, 0x45), (20, 16, 0), (23, 8, 6), (26, 64, 1), (34, 32, 2)]
    tests = [find_equality(f.Field(START, 8 * at, bits), ((n, n),)) for at, bits, n in asked]
    assert join_equalities([one for one in tests if one]) == (
        Word(START, 12, b"\xff\xff\xff\0", b"\x08\0\x45\0"),
        Word(START, 20, b"\xff\xff\0\xff\0\0\xff\xff", b"\0\0\0\x06\0\0\0\0"),
        Word(START, 28, b"\xff" * 8, b"\0\0\0\0\0\1\0\0"),
        Word(START, 36, b"\xff\xff", b"\0\2"),
    )


def test_tests_that_contradict_each_other_are_never_true() -> None:
    first, second = Equality(f.Field(START, 0, 16), 5, 0), Equality(f.Field(START, 8, 8), 6, 0)
    assert join_equalities([first, second]) is None
    function = _lower([f.And((_ask(0, 16, 5), _ask(1, 8, 6)))])
    assert all(_answer(function, bytes((0, low, 0))) == [] for low in range(9))


def test_prefixes_are_equalities_and_other_ranges_are_not() -> None:
    field = f.Field(START, 0, 16)
    assert find_equality(field, ((0x0800, 0x08FF),)) == Equality(field, 0x0800, 8)
    assert find_equality(field, ((0x0801, 0x0900),)) is None
    assert find_equality(field, ((1, 1), (3, 3))) is None
    assert find_equality(f.Field(START, 0, 16, little=True), ((1, 1),)) is None
    assert find_equality(Room(START, 2), ((1, 1),)) is None


def test_operands_are_the_fields_on_the_way_to_a_place_too() -> None:
    found = list_operands([f.Field(JUMP, 0, 8), f.ChainKey(CHAIN), f.Captured(), Room(START, 3)])
    assert found == {f.Field(START, 4, 4), f.Field(JUMP, 8, 8)}


@st.composite
def crowds(draw: st.DrawFn) -> tuple[list[f.Formula], list[bytes]]:
    """Draw filters that ask for bits of a few messages, and messages like these."""
    kinds = draw(st.lists(st.binary(min_size=24, max_size=24), min_size=1, max_size=3))
    filters: list[f.Formula] = []
    for _ in range(draw(st.integers(1, 4))):
        whole = int.from_bytes(draw(st.sampled_from(kinds)), "big")
        tests: list[f.Formula] = []
        for _ in range(draw(st.integers(1, 6))):
            start, bits = draw(st.integers(0, 160)), draw(st.integers(1, 32))
            free = draw(st.integers(0, bits - 1)) if draw(st.booleans()) else 0
            number = whole >> 192 - start - bits & (1 << bits) - 1
            low = number >> free << free
            base = draw(st.sampled_from(_BASES))
            tests.append(f.Test(f.Field(base, start, bits), ((low, low + (1 << free) - 1),)))
        filters.append(f.And(tuple(tests)))
    changed = [
        bytes((*kind[:place], kind[place] ^ draw(st.integers(0, 255)), *kind[place + 1 : size]))
        for kind in kinds
        for place, size in draw(st.lists(st.tuples(st.integers(0, 19), st.integers(20, 24)), max_size=4))
    ]
    return filters, [*kinds, *changed]


@settings(max_examples=80)
@given(crowds(), st.sampled_from(("first", "all")))
def test_joining_changes_no_answer(crowd: tuple[list[f.Formula], list[bytes]], mode: Mode) -> None:
    filters, packets = crowd
    cut = list(split_fields([canonical(part) for part in filters]))
    functions = [_lower(filters, mode), _lower(cut, mode), _lower(filters, mode, coalesce=False)]
    for message in packets:
        expected = [number for number, part in enumerate(filters, start=1) if accepts(part, message)]
        for function in functions:
            assert _answer(function, message) == (expected if mode == "all" else expected[:1])


@settings(max_examples=60)
@given(st.lists(formulas, min_size=1, max_size=3), messages, st.sampled_from(("first", "all")))
def test_all_that_is_joined_is_proved_without_the_solver(
    parts: list[f.Formula], message: bytes, mode: Mode
) -> None:
    cut = list(split_fields([canonical(part) for part in parts]))
    function = _lower(cut, mode)
    statistics = check_function(function, FILTER if mode == "first" else FILTER_ALL).statistics
    assert statistics.proved_by_ranges == statistics.obligations
    expected = [number for number, part in enumerate(parts, start=1) if accepts(part, message)]
    assert _answer(function, message) == (expected if mode == "all" else expected[:1])
