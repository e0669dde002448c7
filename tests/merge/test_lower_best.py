"""In mode first, rows and filters of any place in the order: the smallest accepting number is the answer."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dpfc import formula as f
from dpfc.answers import Engine
from dpfc.engine import Settings, load_program
from dpfc.formula import Filter, FilterId
from dpfc.merge.boolean import make_pool
from dpfc.merge.lower_best import lower_best
from dpfc.merge.trie import merge_filters
from dpfc.naive import accepts
from dpfc.program import build_program
from runtime.ir.interpret import run_function
from runtime.ir.verify import verify_function
from tests.merge.formulas import formulas, messages

FIRST, SECOND = f.Field(f.Start(), 0, 8), f.Field(f.Start(), 8, 32)


def _row(first: int, second: int | None) -> f.Formula:
    tests = (f.Test(FIRST, ((first, first),)), f.Test(SECOND, ((second or 0, second or 0),)))
    return f.And(tests[:1] if second is None else tests)


rows = st.one_of(
    st.builds(_row, st.integers(0, 9), st.none()), st.builds(_row, st.integers(0, 3), st.integers(0, 3))
)
short = st.lists(st.integers(0, 3), max_size=8).map(bytes)
near = st.builds(
    lambda first, second: bytes([first, 0, 0, 0, second, 0]), st.integers(0, 4), st.integers(0, 4)
)


@settings(max_examples=150)
@given(st.lists(formulas, max_size=5), st.lists(messages, min_size=1, max_size=5))
def test_the_smallest_accepting_number_is_returned(parts: list[f.Formula], asked: list[bytes]) -> None:
    pool = make_pool(parts)
    numbered = [(FilterId(number), pool.add(one)) for number, one in enumerate(parts, start=1)]
    function = lower_best(merge_filters(pool, numbered[::-1], "all"), pool, {})
    verify_function(function)
    for message in asked:
        expected = next((number for number, one in enumerate(parts, start=1) if accepts(one, message)), 0)
        assert run_function(function, {"message": message}).results == (expected,)


def _check(parts: list[f.Formula], asked: list[bytes], engine: Engine, least_tables: int = 0) -> None:
    filters = [Filter(FilterId(number), f"f{number}", one, None) for number, one in enumerate(parts, start=1)]
    program = build_program(filters, "first")
    assert len(program.tables) >= least_tables
    loaded = load_program(program, Settings("first", engine, None))
    for message in asked:
        expected = [one.id for one in filters if accepts(one.formula, message)][:1]
        assert loaded.classify(message) == tuple(expected)


@settings(max_examples=60)
@given(
    st.permutations(range(12)).flatmap(
        lambda order: st.tuples(
            st.lists(rows, min_size=20, max_size=40), st.lists(formulas, max_size=3), st.just(order)
        )
    ),
    st.lists(st.one_of(messages, short, near), min_size=1, max_size=8),
)
def test_rows_and_filters_share_one_order(
    drawn: tuple[list[f.Formula], list[f.Formula], list[int]], asked: list[bytes]
) -> None:
    parts, others, order = drawn
    for place, other in zip(order, others):
        parts = [*parts[:place], other, *parts[place:]]
    _check(parts, asked, "interpreter")


@pytest.mark.parametrize("engine", ["interpreter", "native"])
def test_tables_lose_against_earlier_filters_and_win_against_later_ones(engine: Engine) -> None:
    early, late = f.Test(f.Field(f.Start(), 40, 8), ((7, 7),)), f.Test(FIRST, ((0, 255),))
    singles = [_row(number, None) for number in range(9)]
    pairs = [_row(number % 3, number) for number in range(9)]
    parts = [*singles[:4], early, *pairs, *singles[4:], *pairs[:2], late]
    asked = [bytes([a, 0, 0, 0, b, c]) for a in range(11) for b in range(11) for c in (0, 7)]
    _check(parts, [*asked, b"", b"\1", b"\1\0\0\0"], engine, least_tables=2)
