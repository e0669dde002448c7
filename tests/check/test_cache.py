"""The cache of proofs: used when it is sound, and a miss whenever anything is odd."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from runtime.check.cache import keep_acceptance, make_key, recall_acceptance
from runtime.check.codes import CODES
from runtime.check.judgement import Statistics
from runtime.check.prove import check_function
from runtime.diagnostic import Accepted, Rejected
from runtime.ir.nodes import Function
from runtime.ir.parser import parse_function
from runtime.policy import FILTER
from runtime.source import Source
from runtime.store import write_entry

_WITH_A_BOOLEAN = (
    b'{"instructions": true, "emits": 0, "obligations": 0, "proved_by_ranges": 0, "proved_by_solver": 0, '
    b'"solver_effort": 0}'
)

STATISTICS = Statistics(instructions=9, emits=0, obligations=1, proved_by_ranges=1)


def _example(good: bool) -> Function:
    text = CODES[0].good if good else CODES[0].bad
    return parse_function(Source("example.ir", text))


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    return tmp_path / "proofs"


def test_second_check_is_remembered(directory: Path) -> None:
    first = check_function(_example(True), FILTER, directory)
    second = check_function(_example(True), FILTER, directory)
    assert not first.cached
    assert second == replace(first, cached=True)


def test_a_rejection_is_proved_again(directory: Path) -> None:
    for _ in range(2):
        judgement = check_function(_example(False), FILTER, directory)
        assert isinstance(judgement.verdict, Rejected)
        assert judgement.counterexamples
        assert not judgement.cached


def test_the_policy_is_part_of_the_key(directory: Path) -> None:
    check_function(_example(True), FILTER, directory)
    assert not check_function(_example(True), replace(FILTER, budget=5000), directory).cached
    assert make_key(_example(True), FILTER) != make_key(_example(False), FILTER)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b"[" * 100_000,
        b"{}",
        b'{"obligations": 1}',
        _WITH_A_BOOLEAN,
        b"\xff\xfe",
    ],
)
def test_damaged_entries_are_misses(directory: Path, data: bytes) -> None:
    key = make_key(_example(True), FILTER)
    write_entry(directory, key, data)
    assert recall_acceptance(directory, key) is None
    assert isinstance(check_function(_example(True), FILTER, directory).verdict, Accepted)
    assert recall_acceptance(directory, key) is not None


def test_a_directory_that_others_may_write_is_not_used(directory: Path) -> None:
    directory.mkdir()
    directory.chmod(0o777)
    keep_acceptance(directory, "00", STATISTICS)
    assert list(directory.iterdir()) == []
    directory.chmod(0o700)
    keep_acceptance(directory, "00", STATISTICS)
    assert recall_acceptance(directory, "00") == STATISTICS
    directory.chmod(0o777)
    assert recall_acceptance(directory, "00") is None
