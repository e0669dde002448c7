"""Constants: evaluated as the same text is in a function, by udfc.naive and by Python."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grammar.fields.constant import evaluate_constant
from grammar.fields.layout import Structs
from runtime.diagnostic import Refused
from runtime.source import Source
from udfc.language.parse import parse_file
from udfc.naive.run import answer
from udfc.naive.value import State, Wrong
from udfc.names.header import resolve_header
from udfc.names.scope import build_scope

TOP = (1 << 64) - 1


def evaluate(text: str) -> int:
    scope = build_scope((parse_file(Source("test", f"define twice(a) = a * 2\nconst c = {text}\n")),))
    return evaluate_constant(scope, scope.constants["c"].value)


@pytest.mark.parametrize(
    "text, number",
    [
        ("1 + 2 * 3", 7),
        ("(1 << 12) - 1 & 0xff0 | 3 ^ 1", 0xFF2),
        ("17 / 5 + 17 % 5 - 2", 3),
        ("wrapping(0 - 1)", TOP),
        ("0x1_00 >> 4", 16),
        ("min(3, 4) + max(3, 4)", 7),
        ("select(1 < 2 and not 3 in {4, 6..9}, 10, 20)", 10),
        ("select(1 == 2 or 7 not in {4, 6..9}, 10, 20)", 20),
        ("select(not 1 != 1 or twice(1) >= 9, 1, 0)", 1),
        ("select(1 > 2 and 1 / 1 <= 1, 1, 0)", 0),
        ("twice(twice(3) + 1)", 14),
    ],
)
def test_values(text: str, number: int) -> None:
    assert evaluate(text) == number


LEAVES = st.integers(0, TOP).map(str) | st.integers(0, 70).map(str) | st.just("c5")
NUMBERS = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.builds(
            "({} {} {})".format,
            inner,
            st.sampled_from(["+", "-", "*", "/", "%", "<<", ">>", "&", "|", "^"]),
            inner,
        ),
        st.builds("wrapping({} {} {})".format, inner, st.sampled_from(["+", "-", "*"]), inner),
        st.builds("{}({}, {})".format, st.sampled_from(["min", "max"]), inner, inner),
        st.builds(
            "select({} {} {} and not {} in {{3, 5..9}}, {}, {})".format,
            inner,
            st.sampled_from(["==", "!=", "<", "<=", ">", ">="]),
            inner,
            inner,
            inner,
            inner,
        ),
    ),
    max_leaves=8,
)


@given(NUMBERS)
def test_a_constant_is_what_a_function_answers(text: str) -> None:
    source = f"const c5 = 5\nconst c = {text}\ntemplate t : 8 bytes {{ size {{ return {text} }} }}\n"
    scope = build_scope((parse_file(Source("test", source)),))
    header = resolve_header(scope, Structs(scope, {}), scope.templates["t"])
    try:
        found: int | None = evaluate_constant(scope, scope.constants["c"].value)
    except Refused as refused:
        assert [each.code for each in refused.diagnostics] == ["UDF017"]  # noqa: PT017
        found = None
    try:
        meant: int | None = answer(State(header, bytearray(8), {}), "size")
    except Wrong:
        meant = None
    assert found == meant
