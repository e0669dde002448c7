"""The whole path keeps the meaning: native = interpreter = naive, at the edge of unreadable memory."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dpfc.formula import Filter, FilterId, Formula
from dpfc.naive import accepts
from dpfc.program import Mode, build_program, compile_program
from runtime.ir.interpret import run_function
from runtime.load.native import native_available
from runtime.pipeline import load_compiled
from tests.load.edges import make_fenced_page
from tests.merge.formulas import formulas, messages

pytestmark = pytest.mark.skipif(not native_available(), reason="this host cannot run x86-64 code")


@pytest.fixture(scope="module")
def page() -> Iterator[memoryview]:
    with make_fenced_page() as page:
        yield page


def _place(page: memoryview, message: bytes) -> Iterator[memoryview]:
    """Yield the message where it ends just before memory that cannot be read, then where it begins just
    behind."""
    for start in (len(page) - len(message), 0):
        placed = page[start : start + len(message)]
        placed[:] = message
        yield placed


@pytest.mark.parametrize("mode", ["first", "all"])
def test_native_code_means_what_the_filters_mean(mode: Mode, page: memoryview) -> None:
    _compare_engines(mode, page, examples=24)


@pytest.mark.long
@pytest.mark.parametrize("mode", ["first", "all"])
def test_native_code_means_what_very_many_filters_mean(mode: Mode, page: memoryview) -> None:
    _compare_engines(mode, page, examples=300)


def _compare_engines(mode: Mode, page: memoryview, examples: int) -> None:
    @settings(max_examples=examples)
    @given(st.lists(formulas, min_size=1, max_size=4), st.lists(messages, min_size=1, max_size=6))
    def agree(parts: list[Formula], packets: list[bytes]) -> None:
        filters = [Filter(FilterId(n), f"f{n}", part, None) for n, part in enumerate(parts, start=1)]
        program = build_program(filters, mode)
        native = load_compiled(compile_program(program, None))
        for message in packets:
            expected = [one.id for one in filters if accepts(one.formula, message)]
            interpreted = run_function(program.function, {"message": message})
            for placed in _place(page, message):
                outcome = native.call({"message": placed})
                assert (outcome.results, outcome.emitted) == (interpreted.results, interpreted.emitted)
            if mode == "first":
                assert interpreted.results == ((expected or [0])[0],)
            else:
                assert sorted(number for (number,) in interpreted.emitted) == expected

    agree()
