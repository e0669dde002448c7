"""Filters sorted into tables: every filter in exactly one place, and rows that accept what it accepts."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dpfc import formula as f
from dpfc.formula import Filter, FilterId
from dpfc.naive import accepts
from dpfc.shapes.group import group_filters
from dpfc.shapes.table import make_tables, split_layers
from tests.merge.formulas import formulas, messages

A, B, C = (f.Field(f.Start(), 8 * place, 8) for place in range(3))


def _number(formulas_: list[f.Formula]) -> list[Filter]:
    return [Filter(FilterId(n), f"f{n}", one, None) for n, one in enumerate(formulas_, start=1)]


def _is(field: f.Field, *numbers: int) -> f.Test:
    return f.Test(field, tuple((number, number) for number in sorted(numbers)))


rows = st.builds(
    lambda a, b, c: f.And((_is(B, b), _is(A, a), c)),
    st.integers(0, 3),
    st.integers(0, 3),
    st.sampled_from((_is(C, 1), _is(C, 2, 4), f.Test(C, ((3, 9),)), f.And(()))),
)
either = st.builds(lambda one, other: f.Or((one, other)), rows, rows)


@settings(max_examples=150)
@given(
    st.lists(st.one_of(rows, either, formulas), max_size=30),
    st.booleans(),
    st.lists(st.one_of(messages, st.binary(max_size=3)), max_size=8),
)
def test_rows_and_others_together_accept_what_the_filters_accept(
    parts: list[f.Formula], every: bool, asked: list[bytes]
) -> None:
    filters = _number(parts)
    grouped = group_filters(filters, every, least=3)
    tabled = {int(number) for table in grouped.tables for number in table.ids}
    assert tabled.isdisjoint(one.id for one in grouped.others)
    assert tabled | {one.id for one in grouped.others} == {one.id for one in filters}
    for message in (*asked, bytes([1, 2, 1]), bytes([0, 0, 4])):
        found = [one.id for one in grouped.others if accepts(one.formula, message)]
        for table in grouped.tables:
            boxes = zip(zip(*table.lows, strict=True), zip(*table.highs, strict=True), table.ids, strict=True)
            for low, high, number in boxes:
                lows, highs = tuple(map(int, low)), tuple(map(int, high))
                if accepts(table.shape.formula(lows, highs), message):
                    found.append(FilterId(int(number)))
        if every:
            assert len(set(found)) == len(found), "a message is reported once"
        assert set(found) == {one.id for one in filters if accepts(one.formula, message)}


def test_fewer_filters_than_asked_for_are_no_table() -> None:
    filters = _number([_is(A, number) for number in range(7)])
    assert group_filters(filters, every=False).tables == ()
    (table,) = group_filters(_number([_is(A, number) for number in range(8)]), every=False).tables
    assert (len(table), table.exact, table.shape.columns) == (8, True, (A,))


@pytest.mark.parametrize("values", [((5, 9),), tuple((2 * n, 2 * n) for n in range(17))])
def test_ranges_and_large_sets_are_no_rows(values: f.ValueSet) -> None:
    filters = _number([*(_is(A, number) for number in range(100, 110)), f.Test(A, values)])
    grouped = group_filters(filters, every=False)
    assert [one.id for one in grouped.others] == [11]
    assert len(grouped.tables[0]) == 10


def test_a_small_set_is_several_rows() -> None:
    filters = _number([f.And((_is(A, n, n + 50), _is(B, n, n + 60))) for n in range(8)])
    (table,) = group_filters(filters, every=False).tables
    assert len(table) == 8 * 4
    assert group_filters(filters, every=True).tables[0].exact


def test_layers_have_each_key_once_and_keep_the_order() -> None:
    filters = _number([_is(A, n % 4) for n in range(10)])
    (table,) = group_filters(filters, every=False).tables
    layers = split_layers(table)
    assert [layer.ids.tolist() for layer in layers] == [[1, 2, 3, 4], [5, 6, 7, 8], [9, 10]]
    assert [one.name for one in make_tables(layers)] == ["rows0", "rows1", "rows2"]
