"""Functions made to be expensive or to break the checker: each gets a verdict, and soon."""

from __future__ import annotations

from dataclasses import replace

from runtime.check.bound import find_cost
from runtime.check.prove import check_function
from runtime.diagnostic import Accepted, Rejected
from runtime.ir.builder import Builder
from runtime.ir.nodes import Function, Region, Type
from runtime.ir.verify import verify_function
from runtime.policy import FILTER


def _filter() -> Builder:
    return Builder("f", regions=(Region("message", "read", 1 << 24),), results=(Type.U32,))


def _finish(builder: Builder) -> Function:
    builder.return_(builder.constant(Type.U32, 0))
    function = builder.finish()
    verify_function(function)
    return function


def _nested_loops(depth: int, maximum: int) -> Function:
    """Every loop carries a number that its body changes, so that every level wants several walks."""
    builder = _filter()
    start = builder.constant(Type.U64, 1)
    count = builder.constant(Type.U64, maximum)
    carried = start
    for _ in range(depth):
        carried = builder.for_(count, maximum, [carried]).carried[0]
    result = builder.binary("xor", builder.binary("add", carried, carried, wrapping=True), start)
    for _ in range(depth):
        builder.next_(result)
        (result,) = builder.end()
    return _finish(builder)


def test_deeply_nested_loops_are_analysed_in_bounded_time() -> None:
    assert isinstance(check_function(_nested_loops(60, 1), FILTER).verdict, Accepted)


def test_an_astronomic_bound_is_a_refusal() -> None:
    judgement = check_function(_nested_loops(60, 1 << 24), FILTER)
    assert isinstance(judgement.verdict, Rejected)
    assert [diagnostic.code for diagnostic in judgement.verdict.diagnostics] == ["CHK020"]
    assert "more than 2**14" in judgement.verdict.diagnostics[0].message


def test_astronomic_shift_amounts_cost_nothing() -> None:
    builder = _filter()
    length = builder.length("message")
    amount = builder.constant(Type.U64, (1 << 64) - 1)
    for operator in ("shl", "lshr"):
        for wrapping in (False, True) if operator == "shl" else (False,):
            builder.binary(operator, length, amount, wrapping=wrapping)
    judgement = check_function(_finish(builder), FILTER)
    assert isinstance(judgement.verdict, Rejected)
    assert {diagnostic.code for diagnostic in judgement.verdict.diagnostics} == {"CHK005"}


def test_a_long_chain_of_conditions_is_followed() -> None:
    builder = _filter()
    length = builder.length("message")
    condition = builder.compare("ule", builder.constant(Type.U64, 14), length)
    for number in range(500):
        other = builder.compare("ne", length, builder.constant(Type.U64, 100 + number))
        condition = builder.binary("and", condition, other)
    with builder.when(condition):
        builder.load(Type.U16, "message", builder.constant(Type.U64, 12))
    assert check_function(_finish(builder), FILTER).statistics.share_without_solver == 1


def test_many_branches_over_one_length() -> None:
    builder = _filter()
    length = builder.length("message")
    for number in range(2000):
        with builder.when(builder.compare("ule", builder.constant(Type.U64, 14 + number % 9), length)):
            word = builder.load(Type.U16, "message", builder.constant(Type.U64, 12))
            with builder.when(builder.compare("eq", word, builder.constant(Type.U16, number))):
                builder.return_(builder.constant(Type.U32, number))
    judgement = check_function(_finish(builder), FILTER)
    assert isinstance(judgement.verdict, Accepted)
    assert judgement.statistics.share_without_solver == 1


def test_a_long_loop_costs_its_maximum() -> None:
    builder = _filter()
    builder.for_(builder.length("message"), 1 << 24)
    builder.next_()
    builder.end()
    function = _finish(builder)
    assert find_cost(function).instructions == 4 + (1 << 24)
    assert isinstance(check_function(function, replace(FILTER, budget=1 << 25)).verdict, Accepted)
