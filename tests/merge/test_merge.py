"""Merging keeps the meaning: trie = lowered IR = naive evaluation, filter by filter, whatever the order."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dpfc import formula as f
from dpfc.formula import FilterId, Formula
from dpfc.merge import trie as trie_module
from dpfc.merge.boolean import make_pool
from dpfc.merge.lower import lower_trie
from dpfc.merge.path import find_path
from dpfc.merge.trie import DONE, Accept, Evaluate, Mode, Several, merge_filters
from dpfc.merge.witness import holds, write_message
from dpfc.naive import accepts
from runtime.check.prove import check_function
from runtime.ir.interpret import run_function
from runtime.ir.nodes import Function
from runtime.ir.verify import verify_function
from runtime.policy import FILTER, FILTER_ALL
from tests.merge.formulas import JUMP, START, formulas, messages


def _lower(filters: list[Formula], mode: Mode) -> Function:
    pool = make_pool(filters)
    numbered = [(FilterId(number), pool.add(one)) for number, one in enumerate(filters, start=1)]
    function = lower_trie(merge_filters(pool, numbered, mode), pool, mode, len(filters))
    verify_function(function)
    return function


def _naive(filters: list[Formula], message: bytes) -> list[int]:
    return [number for number, one in enumerate(filters, start=1) if accepts(one, message)]


@settings(max_examples=150)
@given(st.lists(formulas, min_size=1, max_size=4), st.lists(messages, min_size=1, max_size=5))
def test_every_accepting_filter_is_emitted_once(filters: list[Formula], packets: list[bytes]) -> None:
    function = _lower(filters, "all")
    for message in packets:
        emitted = [number for (number,) in run_function(function, {"message": message}).emitted]
        assert sorted(emitted) == _naive(filters, message)


@settings(max_examples=150)
@given(st.lists(formulas, min_size=1, max_size=4), st.lists(messages, min_size=1, max_size=5))
def test_the_first_accepting_filter_is_returned(filters: list[Formula], packets: list[bytes]) -> None:
    function = _lower(filters, "first")
    for message in packets:
        expected = (_naive(filters, message) or [0])[0]
        assert run_function(function, {"message": message}).results == (expected,)


@pytest.mark.parametrize("mode", ["first", "all"])
@pytest.mark.parametrize("limit", [0, 3])
def test_cutting_a_large_trie_changes_nothing(
    monkeypatch: pytest.MonkeyPatch, mode: Mode, limit: int
) -> None:
    @settings(max_examples=60)
    @given(st.lists(formulas, min_size=1, max_size=5), messages)
    def agree(filters: list[Formula], message: bytes) -> None:
        monkeypatch.setattr(trie_module, "MAX_NODES", 2000)
        whole = run_function(_lower(filters, mode), {"message": message})
        monkeypatch.setattr(trie_module, "MAX_NODES", limit)
        cut = run_function(_lower(filters, mode), {"message": message})
        assert (sorted(cut.emitted), cut.results) == (sorted(whole.emitted), whole.results)

    agree()


def test_nothing_is_written_behind_a_part_that_always_accepts() -> None:
    part = f.Test(f.Field(START, 0, 8), ((1, 1),))
    pool = make_pool([part])
    asked = [Evaluate(pool.add(part), FilterId(number), DONE) for number in (1, 3, 4)]
    several = Several((asked[0], Accept((FilterId(2),), DONE), *asked[1:]))
    function = lower_trie(several, pool, "first", 4)
    verify_function(function)
    assert run_function(function, {"message": b"\1"}).results == (1,)
    assert run_function(function, {"message": b"\2"}).results == (2,)


@pytest.mark.parametrize("base", [START, JUMP])
@pytest.mark.parametrize("mode", ["first", "all"])
def test_many_lengths_are_found_in_a_table(base: f.Base, mode: Mode) -> None:
    near = f.Field(base, 0, 8)
    room = [f.Test(f.Field(base, 8 * size, 8), ((0, 255),)) for size in range(30)]
    exact = [f.And((f.Test(near, ((0, 255),)), less, f.Not(more))) for less, more in pairwise(room)]
    function = _lower(list(exact), mode)
    for length in range(40):
        message = bytes([1]) + bytes(length)
        outcome = run_function(function, {"message": message})
        assert [*outcome.results, *(number for (number,) in outcome.emitted)] == _naive(
            list(exact), message
        ) or (outcome.results == (0,) and not _naive(list(exact), message))


@pytest.mark.parametrize("count", [100, 250])
@pytest.mark.parametrize("mode", ["first", "all"])
def test_a_long_conjunction_is_lowered_flat(count: int, mode: Mode) -> None:
    parts = tuple(f.Test(f.Field(START, 8 * place, 8), ((place, place),)) for place in range(count))
    function = _lower([f.And(parts)], mode)
    message = bytes(range(count))
    for changed in (message, message[:-1], b"\1" + message[1:], message[:-1] + b"\0"):
        outcome = run_function(function, {"message": changed})
        accepted = bool(outcome.emitted) or outcome.results == (1,)
        assert accepted == (changed == message)


@settings(max_examples=60)
@given(st.lists(formulas, min_size=1, max_size=3), st.sampled_from(["first", "all"]))
def test_everything_lowered_is_proved(filters: list[Formula], mode: Mode) -> None:
    judgement = check_function(_lower(filters, mode), FILTER if mode == "first" else FILTER_ALL)
    statistics = judgement.statistics
    assert statistics.proved_by_ranges == statistics.obligations  # what we lower needs no z3


@settings(max_examples=200)
@given(formulas)
def test_a_path_is_missing_only_where_no_message_satisfies(part: Formula) -> None:
    pool = make_pool([part])
    formula = pool.add(part)
    path = find_path(pool, formula)
    if path is not None:
        message = write_message(pool, formula, path)
        assert message is None or accepts(part, message)


@settings(max_examples=200)
@given(formulas, messages)
def test_pool_and_its_negation_mean_what_the_formula_means(part: Formula, message: bytes) -> None:
    pool = make_pool([part])
    assert holds(pool, pool.add(part), message) == accepts(part, message)
    assert holds(pool, pool.add(part, positive=False), message) != accepts(part, message)
    if find_path(pool, pool.add(part)) is None:
        assert not accepts(part, message)
