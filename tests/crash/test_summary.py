"""The line at the end of a run is printed whoever ran the tests, and a whole share must be enough."""

from __future__ import annotations

import pytest

from tests.crash.summary import LEAST, LONG, SHORT

pytest_plugins = ["pytester"]

TEXT = """
import pytest

@pytest.mark.parametrize("distinct", ({half}, {half}))
def test_some(distinct, record_property):
    record_property("crash states", [1, 2, 3, distinct, 5, 0])

@pytest.mark.long
def test_more(record_property):
    record_property("crash states", [1, 2, 3, {long}, 5, 0])
"""
CHOICES = {SHORT: 20_000, LONG: 980_000, "": 1_000_000}


def _run(pytester: pytest.Pytester, missing: int, *options: str) -> pytest.RunResult:
    pytester.makeini("[pytest]\nmarkers = long: takes long")
    half, long = LEAST[SHORT] // 2 - missing, LEAST[LONG] - missing
    pytester.makepyfile(test_counting=TEXT.format(half=half, long=long))
    return pytester.runpytest_inprocess("-p", "tests.crash.summary", *options)


def test_what_is_required() -> None:
    assert LEAST == CHOICES


@pytest.mark.parametrize("marks, required", CHOICES.items())
def test_enough(pytester: pytest.Pytester, marks: str, required: int) -> None:
    done = _run(pytester, 0, "-m", marks)
    done.stdout.fnmatch_lines([f"crash states: *, {required:,} distinct, * 0 violations"])
    assert done.ret == pytest.ExitCode.OK


@pytest.mark.parametrize("marks, required", CHOICES.items())
def test_too_few(pytester: pytest.Pytester, marks: str, required: int) -> None:
    done = _run(pytester, 1, "-m", marks)
    done.stdout.fnmatch_lines([f"crash states: *; ERROR: {required:,} distinct ones are required"])
    assert done.ret == pytest.ExitCode.TESTS_FAILED


@pytest.mark.parametrize("missing, status", ((0, pytest.ExitCode.OK), (1, pytest.ExitCode.TESTS_FAILED)))
def test_two_processes_are_counted_together(
    missing: int, status: pytest.ExitCode, pytester: pytest.Pytester
) -> None:
    done = _run(pytester, missing, "-m", SHORT, "-n", "2")
    done.stdout.fnmatch_lines([f"crash states: 2 workloads, *, {20_000 - 2 * missing:,} distinct, *"])
    assert done.ret == status


@pytest.mark.parametrize("options", (["-k", "more"], ["test_counting.py"], ["-m", "not short"]))
def test_some_tests_need_not_be_enough(pytester: pytest.Pytester, options: list[str]) -> None:
    done = _run(pytester, 1, *options)
    done.stdout.fnmatch_lines(["crash states: *, 0 violations"])
    assert done.ret == pytest.ExitCode.OK


def test_nothing_counted_is_too_few(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("def test_nothing(): pass")
    done = pytester.runpytest_inprocess("-p", "tests.crash.summary")
    done.stdout.fnmatch_lines(["crash states: 0 workloads, *; ERROR: 1,000,000 distinct ones are required"])
    assert done.ret == pytest.ExitCode.TESTS_FAILED
