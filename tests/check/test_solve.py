"""The slow pass: what it may spend, what it refuses, and what its counterexamples look like."""

from __future__ import annotations

import subprocess
import sys

import pytest

from runtime import limits
from runtime.check.counterexample import Counterexample, replay_counterexample
from runtime.check.prove import check_function
from runtime.diagnostic import Accepted, Rejected, Unknown
from runtime.ir.builder import Builder
from runtime.ir.nodes import Function, Region, Type, Value
from runtime.policy import FILTER


def _filter() -> Builder:
    return Builder("f", regions=(Region("message", "read", 1 << 24),), results=(Type.U32,))


def _finish(builder: Builder) -> Function:
    builder.return_(builder.constant(Type.U32, 0))
    return builder.finish()


def _byte(builder: Builder, offset: int) -> Value:
    return builder.load(Type.U8, "message", builder.constant(Type.U64, offset), "be")


def _divide_by_odd(divisions: int) -> Function:
    """Each division needs the solver: x * x + x + 1 is never 0."""
    builder = _filter()
    large = builder.constant(Type.U64, 0x9E3779B97F4A7C15)
    start = builder.binary("mul", builder.length("message"), large, wrapping=True)
    for number in range(divisions):
        x = builder.binary("add", start, builder.constant(Type.U64, number), wrapping=True)
        square = builder.binary("mul", x, x, wrapping=True)
        even = builder.binary("add", square, x, wrapping=True)
        odd = builder.binary("add", even, builder.constant(Type.U64, 1), wrapping=True)
        builder.binary("udiv", x, odd)
    return _finish(builder)


def _unchecked_loads(count: int) -> Function:
    builder = _filter()
    for offset in range(count):
        _byte(builder, offset)
    return _finish(builder)


def test_every_obligation_is_proved_by_one_pass_or_the_other() -> None:
    judgement = check_function(_divide_by_odd(3), FILTER)
    assert isinstance(judgement.verdict, Accepted)
    assert judgement.statistics.proved_by_solver == 3
    assert judgement.statistics.obligations == 3
    assert judgement.statistics.share_without_solver == 0.0


def test_what_is_not_asked_is_not_accepted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MAX_QUERIES", 2)
    judgement = check_function(_divide_by_odd(3), FILTER)
    assert isinstance(judgement.verdict, Unknown)
    assert judgement.statistics.proved_by_solver == 2


@pytest.mark.parametrize("limit", ["Z3_RLIMIT", "Z3_TOTAL_RLIMIT"])
def test_too_little_effort_is_unknown(monkeypatch: pytest.MonkeyPatch, limit: str) -> None:
    monkeypatch.setattr(limits, limit, 10)
    judgement = check_function(_divide_by_odd(2), FILTER)
    assert isinstance(judgement.verdict, Unknown)
    assert {diagnostic.code for diagnostic in judgement.verdict.diagnostics} == {"CHK030"}


def test_unrolling_and_invariants_agree_on_a_provable_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    builder = _filter()
    length = builder.length("message")
    with builder.when(builder.compare("ule", builder.constant(Type.U64, 64), length)):
        zero = builder.constant(Type.U64, 0)
        loop = builder.for_(builder.constant(Type.U64, 30), 30, [zero])
        three = builder.binary("mul", loop.carried[0], builder.constant(Type.U64, 3))
        masked = builder.binary("urem", three, builder.constant(Type.U64, 32))
        square = builder.binary("mul", masked, builder.binary("and", masked, builder.constant(Type.U64, 1)))
        twice = builder.binary("xor", square, masked)
        builder.load(Type.U8, "message", builder.binary("and", twice, builder.constant(Type.U64, 127)))
        builder.next_(masked)
        builder.end()
    function = _finish(builder)
    assert isinstance(check_function(function, FILTER).verdict, Accepted)
    monkeypatch.setattr(limits, "MAX_UNROLLED", 0)
    assert isinstance(check_function(function, FILTER).verdict, Accepted)


def test_counterexamples_are_short() -> None:
    builder = _filter()
    length = builder.length("message")
    with builder.when(builder.compare("ule", builder.constant(Type.U64, 40), length)):
        _byte(builder, 40)
    judgement = check_function(_finish(builder), FILTER)
    assert judgement.counterexamples == (Counterexample((("message", bytes(40)),), ()),)


def test_one_cause_is_reported_once_and_independent_causes_apart() -> None:
    judgement = check_function(_unchecked_loads(3), FILTER)
    assert isinstance(judgement.verdict, Rejected)
    assert [len(example.regions[0][1]) for example in judgement.counterexamples] == [0, 1, 2]


def test_at_most_five_are_reported() -> None:
    judgement = check_function(_unchecked_loads(30), FILTER)
    assert isinstance(judgement.verdict, Rejected)
    assert len(judgement.verdict.diagnostics) == len(judgement.counterexamples) == 5


def test_the_notes_are_a_hex_dump() -> None:
    content = bytes(range(20)) + bytes(44)
    example = Counterexample((("message", content),), (("port", 80),), (("clock", (7,)),))
    assert example.render() == (
        "with `message` of 64 bytes:",
        "  000000  00 01 02 03 04 05 06 07 08 09 0a 0b 0c 0d 0e 0f",
        "  000010  10 11 12 13 00 00 00 00 00 00 00 00 00 00 00 00",
        "  000020  00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00",
        "  *",
        "with `port` = 80",
        "with `clock` answering 7",
    )


def test_a_call_answers_in_the_replay_as_in_the_model() -> None:
    builder = Builder("f")
    (first,) = builder.call("clock")
    (second,) = builder.call("clock")
    builder.binary("udiv", first, builder.binary("sub", second, first, wrapping=True))
    builder.return_()
    function = builder.finish()
    example = Counterexample((), (), (("clock", (9,)), ("clock", (9,))))
    fault = replay_counterexample(function, example, 100)
    assert fault is not None
    assert fault.kind == "divisor"
    assert replay_counterexample(function, Counterexample((), (), (("clock", (9,)),)), 100) is None


_SMALL_FILTER = """
import sys
from runtime.check.codes import CODES
from runtime.check.prove import check_function
from runtime.diagnostic import Accepted
from runtime.ir.parser import parse_function
from runtime.policy import FILTER
from runtime.source import Source
judgement = check_function(parse_function(Source("f.ir", CODES[0].good)), FILTER)
assert isinstance(judgement.verdict, Accepted)
assert "z3" not in sys.modules
check_function(parse_function(Source("f.ir", CODES[0].bad)), FILTER)
assert "z3" in sys.modules
"""


def test_z3_is_loaded_only_when_it_is_needed() -> None:
    subprocess.run([sys.executable, "-c", _SMALL_FILTER], check=True)
