"""Random spellings: expressions that mask, shift and reorder bits, compare, and lead to other places."""

from __future__ import annotations

from hypothesis import strategies as st

from dpfc import formula as f
from tests.merge.formulas import BASES, CHAIN, JUMP, START, numbers, value_sets

loads = st.one_of(
    st.builds(f.Field, st.sampled_from(BASES), st.integers(0, 40), st.integers(1, 40)),
    st.builds(
        lambda base, place, size: f.Field(base, 8 * place, 8 * size, little=True),
        st.sampled_from(BASES),
        st.integers(0, 5),
        st.integers(1, 8),
    ),
)

operators: tuple[f.Operator, ...] = ("+", "-", "*", "/", "%", "&", "|", "^", "<<", ">>")
masks = st.sampled_from((0, 1, 2, 3, 4, 8, 15, 16, 0x20, 0xF0, 0xFF, 0x0F0F, 0xFF00, 0x1FFF, 0xFF000000))
constants = st.builds(f.Number, st.one_of(masks, numbers))

expressions: st.SearchStrategy[f.Expression] = st.recursive(
    st.one_of(loads, st.just(f.Captured()), st.just(f.ChainKey(CHAIN)), constants),
    lambda inner: st.one_of(
        st.builds(f.Arithmetic, st.sampled_from(operators), inner, constants),
        st.builds(f.Arithmetic, st.sampled_from(operators), constants, inner),
        st.builds(f.Arithmetic, st.sampled_from(operators), inner, inner),
        st.builds(f.Comparing, st.sampled_from(("==", "!=", "<", "<=")), inner, inner),
        st.builds(
            lambda amount, load: f.Field(f.Shift(START, amount), load.offset, load.bits, load.little),
            inner,
            loads,
        ),
        st.builds(
            lambda amount, load: f.Field(f.Shift(JUMP, amount), load.offset, load.bits, load.little),
            inner,
            loads,
        ),
    ),
    max_leaves=5,
)

strange_tests = st.builds(f.Test, expressions, value_sets())

strange_formulas: st.SearchStrategy[f.Formula] = st.recursive(
    strange_tests,
    lambda inner: st.one_of(
        st.builds(f.And, st.lists(inner, max_size=4).map(tuple)),
        st.builds(f.Or, st.lists(inner, max_size=3).map(tuple)),
        st.builds(f.Not, inner),
    ),
    max_leaves=6,
)
