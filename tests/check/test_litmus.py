"""Litmus programs: tests/litmus/ir/chk_*.ir say in their first line what the checker answers.

`# expect: accepted`, or `# expect: CHK001 at 4:3`: the one code, and line and column of the diagnostic. A
second line `# policy: handler` chooses another policy than `filter`.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from runtime.check.counterexample import replay_counterexample
from runtime.check.judgement import Judgement
from runtime.check.prove import check_function
from runtime.diagnostic import Accepted
from runtime.ir.nodes import Function
from runtime.ir.parser import parse_function
from runtime.ir.verify import verify_function
from runtime.source import Source
from tests.check.policies import BY_NAME

_FILES = sorted((Path(__file__).parent.parent / "litmus" / "ir").glob("chk_*.ir"))


def _judge(path: Path) -> tuple[Function, Judgement]:
    text = path.read_text(encoding="utf-8")
    policy = re.search(r"^# policy: (\w+)$", text, re.MULTILINE)
    function = parse_function(Source(path.name, text))
    verify_function(function)
    return function, check_function(function, BY_NAME[policy[1] if policy else "filter"])


def _answer(judgement: Judgement) -> str:
    if isinstance(judgement.verdict, Accepted):
        return "accepted"
    (diagnostic,) = judgement.verdict.diagnostics
    line, column = diagnostic.span.source.position(diagnostic.span.start)
    return f"{diagnostic.code} at {line}:{column}"


@pytest.mark.parametrize("path", _FILES, ids=lambda path: path.stem)
def test_litmus(path: Path) -> None:
    function, judgement = _judge(path)
    expected = path.read_text(encoding="utf-8").split("\n", 1)[0].removeprefix("# expect: ")
    assert _answer(judgement) == expected
    statistics = judgement.statistics
    if expected == "accepted":
        assert statistics.proved_by_ranges + statistics.proved_by_solver == statistics.obligations
    for example in judgement.counterexamples:
        assert replay_counterexample(function, example, 1 << 20) is not None


def test_there_are_enough_of_both() -> None:
    accepted = [path for path in _FILES if path.stem.startswith("chk_ok_")]
    assert len(accepted) >= 12
    assert len(_FILES) - len(accepted) >= 25


def test_the_subtle_ones_need_the_solver() -> None:
    noted = [path for path in _FILES if "needs z3" in path.read_text(encoding="utf-8")]
    assert noted
    assert all(_judge(path)[1].statistics.proved_by_solver for path in noted)


def test_generated_shapes_do_not_need_the_solver() -> None:
    plain = [
        path for path in _FILES if path.stem.startswith("chk_ok_") and "needs z3" not in path.read_text()
    ]
    assert len(plain) >= 5
    assert all(_judge(path)[1].statistics.share_without_solver == 1 for path in plain)
