"""Formulas as alternatives of plain tests: they accept the same messages."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from dpfc import formula as f
from dpfc.naive import accepts
from dpfc.shapes.conjunction import MAX_ALTERNATIVES, are_disjoint, list_conjunctions
from tests.merge.formulas import formulas, messages

FIELD = f.Field(f.Start(), 0, 8)


@settings(max_examples=200)
@given(formulas, st.lists(messages, min_size=1, max_size=6))
def test_one_alternative_holds_where_the_formula_holds(formula: f.Formula, asked: list[bytes]) -> None:
    conjunctions = list_conjunctions(formula)
    if conjunctions is None:
        return
    assert len(conjunctions) <= MAX_ALTERNATIVES
    for message in asked:
        held = [all(accepts(test, message) for test in one.values()) for one in conjunctions]
        assert any(held) == accepts(formula, message)
        if are_disjoint(conjunctions):
            assert sum(held) <= 1


def test_what_contradicts_itself_has_no_alternative() -> None:
    never = f.And((f.Test(FIELD, ((1, 1),)), f.Test(FIELD, ((2, 2),))))
    assert list_conjunctions(never) == ()
    assert list_conjunctions(f.Or((never, f.Test(FIELD, ((3, 3),))))) == ({FIELD: f.Test(FIELD, ((3, 3),))},)


def test_negations_and_too_many_alternatives_are_none() -> None:
    assert list_conjunctions(f.Not(f.Test(FIELD, ((1, 1),)))) is None
    pairs = tuple(
        f.Or((f.Test(f.Field(f.Start(), 8 * place, 8), ((1, 1),)), f.Test(FIELD, ((2, 2),))))
        for place in range(5)
    )
    assert list_conjunctions(f.And(pairs)) is None
    assert list_conjunctions(f.And(pairs[:4])) is not None
