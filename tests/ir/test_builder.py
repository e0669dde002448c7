"""The builder: numbering, nesting, spans, and the protocol that it asserts."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from runtime.ir.builder import Builder, always_returns, is_terminator
from runtime.ir.nodes import If, Instruction, Next, Parameter, Return, Type, Value, Yield
from runtime.source import NOWHERE, Source, Span

_SPAN = Span(Source("x.dpf", "some text"), 0, 4)


def _builder() -> Builder:
    return Builder("f", parameters=(Parameter("bit", Type.U1), Parameter("count", Type.U64)))


def test_values_are_numbered_as_their_definitions_end() -> None:
    b = _builder()
    bit, count = b.parameter("bit"), b.parameter("count")
    b.if_(bit)
    first = b.constant(Type.U8, 1)
    b.yield_(first, first)
    b.else_()
    second = b.constant(Type.U8, 2)
    b.yield_(second, second)
    targets = b.end()
    loop = b.for_(count, 5, targets)
    inside = b.constant(Type.U8, 3)
    b.next_(inside, inside)
    after = b.end()
    assert (bit, count, first, second, targets) == (0, 1, 2, 3, (4, 5))
    assert (loop.index, loop.carried, inside, after) == (6, (7, 8), 9, (10, 11))


def test_the_arms_of_an_if_end_by_themselves() -> None:
    b = _builder()
    with b.when(b.parameter("bit")):
        pass
    b.if_(b.parameter("bit"))
    b.else_()
    b.end()
    b.return_()
    empty = If((), Value(0), (Yield(),), (Yield(),))
    assert b.finish().body == (empty, empty, Return(()))


def test_an_if_has_targets_when_one_arm_yields_and_the_other_returns() -> None:
    b = _builder()
    b.if_(b.parameter("bit"))
    b.return_()
    b.else_()
    b.yield_(b.parameter("count"))
    assert b.end() == (Value(2),)


def test_spans() -> None:
    b = _builder()
    with b.at(_SPAN):
        b.constant(Type.U8, 1)
    b.constant(Type.U8, 2)
    b.span = _SPAN
    b.return_()
    assert [instruction.span for instruction in b.finish().body] == [_SPAN, NOWHERE, _SPAN]


def test_ended() -> None:
    b = _builder()
    seen = [b.ended]
    b.if_(b.parameter("bit"))
    b.return_()
    seen.append(b.ended)
    b.else_()
    seen.append(b.ended)
    b.return_()
    b.end()
    seen.append(b.ended)
    assert seen == [False, True, False, True]


def test_terminators() -> None:
    returning = If((), Value(0), (Return(()),), (Return(()),))
    yielding = If((), Value(0), (Return(()),), (Yield(),))
    ends: list[Instruction] = [Return(()), Yield(), Next(None, ()), returning]
    assert all(is_terminator(end) for end in ends)
    assert not is_terminator(yielding)
    assert always_returns(returning)
    going_on: list[Instruction] = [Yield(), Next(None, ()), yielding, If((), Value(0), (), ())]
    assert not any(always_returns(each) for each in going_on)


def _after_return(b: Builder) -> None:
    b.return_()
    b.constant(Type.U8, 1)


def _loop_without_end(b: Builder) -> None:
    b.for_(b.parameter("count"), 1)
    b.end()


def _else_of_a_loop(b: Builder) -> None:
    b.for_(b.parameter("count"), 1)
    b.else_()


def _two_elses(b: Builder) -> None:
    b.if_(b.parameter("bit"))
    b.else_()
    b.else_()


def _unfinished(b: Builder) -> None:
    b.if_(b.parameter("bit"))
    b.finish()


def _no_such_primitive(b: Builder) -> None:
    b.call("reboot")


@pytest.mark.parametrize(
    "misuse, message",
    [
        (_after_return, "has ended"),
        (_loop_without_end, "must end with"),
        (_else_of_a_loop, "belongs to an `if_`"),
        (_two_elses, "has one `else_`"),
        (_unfinished, "still open"),
        (_no_such_primitive, "no primitive `reboot`"),
    ],
)
def test_misuse_is_a_bug_of_the_caller(misuse: Callable[[Builder], None], message: str) -> None:
    with pytest.raises(AssertionError, match=message):
        misuse(_builder())
