"""The meaning of every instruction, as a table: instruction and operands in, number or fault out."""

from __future__ import annotations

import pytest

from runtime.ir.builder import Builder
from runtime.ir.interpret import Fault, Outcome, run_function
from runtime.ir.nodes import (
    BinaryOperator,
    CompareOperator,
    Entry,
    Function,
    Order,
    Parameter,
    Region,
    Table,
    TableKind,
    Type,
)
from runtime.ir.parser import parse_function
from runtime.ir.verify import verify_function
from runtime.source import Source

U1, U8, U16, U32, U64 = Type
_TOP = 2**64 - 1


def _run(function: Function, *parameters: int, m: bytes = b"", budget: int | None = None) -> Outcome:
    verify_function(function)
    return run_function(function, {"m": m}, parameters, {"clock": lambda: 99}, budget)


def _answer(function: Function, *parameters: int, m: bytes = b"") -> int | str:
    """Return the only result, or the kind of the fault."""
    try:
        return _run(function, *parameters, m=m).results[0]
    except Fault as fault:
        return fault.kind


def _text(text: str) -> Function:
    return parse_function(Source("test.ir", text))


@pytest.mark.parametrize(
    "operator, type_, left, right, exact, wrapped",
    [
        ("add", U8, 250, 5, 255, 255),
        ("add", U8, 250, 6, "wrap", 0),
        ("add", U64, _TOP, 1, "wrap", 0),
        ("sub", U16, 5, 5, 0, 0),
        ("sub", U16, 5, 6, "wrap", 0xFFFF),
        ("mul", U32, 0x10000, 0xFFFF, 0xFFFF0000, 0xFFFF0000),
        ("mul", U32, 0x10000, 0x10001, "wrap", 0x10000),
        ("shl", U8, 1, 7, 128, 128),
        ("shl", U8, 3, 7, "wrap", 128),
        ("shl", U8, 0, 8, "shift", "shift"),
        ("shl", U64, 1, _TOP, "shift", "shift"),
    ],
)
def test_operators_that_can_wrap(
    operator: BinaryOperator, type_: Type, left: int, right: int, exact: int | str, wrapped: int | str
) -> None:
    assert _answer(_binary(operator, type_, wrapping=False), left, right) == exact
    assert _answer(_binary(operator, type_, wrapping=True), left, right) == wrapped


@pytest.mark.parametrize(
    "operator, type_, left, right, expected",
    [
        ("udiv", U8, 7, 2, 3),
        ("udiv", U64, _TOP, 1, _TOP),
        ("udiv", U8, 7, 0, "divisor"),
        ("urem", U8, 7, 4, 3),
        ("urem", U8, 7, 0, "divisor"),
        ("and", U8, 0b1100, 0b1010, 0b1000),
        ("or", U8, 0b1100, 0b1010, 0b1110),
        ("xor", U8, 0b1100, 0b1010, 0b0110),
        ("and", U1, 1, 0, 0),
        ("or", U1, 1, 0, 1),
        ("xor", U1, 1, 1, 0),
        ("lshr", U32, 0x80000000, 31, 1),
        ("lshr", U32, 1, 32, "shift"),
    ],
)
def test_operators_that_cannot_wrap(
    operator: BinaryOperator, type_: Type, left: int, right: int, expected: int | str
) -> None:
    assert _answer(_binary(operator, type_, wrapping=False), left, right) == expected


def _binary(operator: BinaryOperator, type_: Type, *, wrapping: bool) -> Function:
    builder = Builder("f", parameters=(Parameter("a", type_), Parameter("b", type_)), results=(type_,))
    builder.return_(builder.binary(operator, builder.parameter("a"), builder.parameter("b"), wrapping))
    return builder.finish()


@pytest.mark.parametrize(
    "comparison, less, same, greater",
    [("eq", 0, 1, 0), ("ne", 1, 0, 1), ("ult", 1, 0, 0), ("ule", 1, 1, 0)],
)
def test_comparisons(comparison: CompareOperator, less: int, same: int, greater: int) -> None:
    builder = Builder("f", parameters=(Parameter("a", U64), Parameter("b", U64)), results=(U1,))
    builder.return_(builder.compare(comparison, builder.parameter("a"), builder.parameter("b")))
    function = builder.finish()
    assert _answer(function, 1, _TOP) == less
    assert _answer(function, _TOP, _TOP) == same
    assert _answer(function, _TOP, 1) == greater


@pytest.mark.parametrize(
    "source, target, number, exact, wrapped",
    [
        (U8, U64, 255, 255, 255),
        (U16, U8, 255, 255, 255),
        (U16, U8, 256, "convert", 0),
        (U64, U1, 3, "convert", 1),
        (U1, U32, 1, 1, 1),
        (U32, U32, 2**32 - 1, 2**32 - 1, 2**32 - 1),
    ],
)
def test_convert(source: Type, target: Type, number: int, exact: int | str, wrapped: int) -> None:
    for wrapping, expected in ((False, exact), (True, wrapped)):
        builder = Builder("f", parameters=(Parameter("a", source),), results=(target,))
        builder.return_(builder.convert(target, builder.parameter("a"), wrapping))
        assert _answer(builder.finish(), number) == expected


def test_constant_and_select() -> None:
    function = _text(
        "func f(%0 c: u1) -> (u8) { %1 = const u8 10 %2 = const u8 20 %3 = select %0, %1, %2 return %3 }"
    )
    assert _answer(function, 1) == 10
    assert _answer(function, 0) == 20


@pytest.mark.parametrize("content", [b"", b"abc", bytes(64)])
def test_length(content: bytes) -> None:
    function = _text("func f(region m: read, max 64) -> (u64) { %0 = length m return %0 }")
    assert _answer(function, m=content) == len(content)


@pytest.mark.parametrize(
    "type_, order, offset, expected",
    [
        (U8, "be", 0, 0x11),
        (U8, "be", 7, 0x88),
        (U8, "be", 8, "bounds"),
        (U16, "be", 1, 0x2233),
        (U16, "le", 1, 0x3322),
        (U32, "be", 4, 0x55667788),
        (U32, "le", 4, 0x88776655),
        (U32, "be", 5, "bounds"),
        (U64, "be", 0, 0x1122334455667788),
        (U64, "le", 0, 0x8877665544332211),
        (U64, "le", _TOP, "bounds"),
    ],
)
def test_load(type_: Type, order: Order, offset: int, expected: int | str) -> None:
    builder = Builder(
        "f", regions=(Region("m", "read", 64),), parameters=(Parameter("at", U64),), results=(type_,)
    )
    builder.return_(builder.load(type_, "m", builder.parameter("at"), order))
    assert _answer(builder.finish(), offset, m=bytes.fromhex("1122334455667788")) == expected


@pytest.mark.parametrize(
    "type_, order, offset, expected",
    [
        (U8, "be", 3, "00000044"),
        (U16, "be", 0, "33440000"),
        (U16, "le", 1, "00443300"),
        (U32, "be", 0, "11223344"),
        (U32, "le", 0, "44332211"),
        (U32, "le", 1, "bounds"),
        (U64, "be", 0, "bounds"),
    ],
)
def test_store(type_: Type, order: Order, offset: int, expected: str) -> None:
    builder = Builder(
        "f", regions=(Region("m", "write", 4, constant=True),), parameters=(Parameter("at", U64),)
    )
    number = builder.constant(type_, 0x11223344 & type_.maximum)
    builder.store("m", builder.parameter("at"), number, order)
    builder.return_()
    function = builder.finish()
    verify_function(function)
    memory = bytearray(4)
    try:
        run_function(function, {"m": memory}, (offset,))
        actual = memory.hex()
    except Fault as fault:
        actual = fault.kind
    assert actual == expected


@pytest.mark.parametrize(
    "kind, entries, answers",
    [
        ("exact", [((80,), (80,), 1), ((443,), (443,), 2)], {80: 1, 443: 2, 81: 7}),
        ("range", [((10,), (20,), 1), ((21,), (21,), 2)], {9: 7, 10: 1, 20: 1, 21: 2, 22: 7}),
        ("prefix", [((0,), (255,), 1), ((16,), (31,), 2)], {0: 1, 16: 2, 31: 2, 32: 1, 256: 7}),
    ],
)
def test_lookup(
    kind: TableKind, entries: list[tuple[tuple[int], tuple[int], int]], answers: dict[int, int]
) -> None:
    table = Table("t", kind, (U16,), U8, 7, tuple(Entry(*entry) for entry in entries))
    builder = Builder("f", parameters=(Parameter("k", U16),), results=(U8,), tables=(table,))
    builder.return_(builder.lookup("t", builder.parameter("k")))
    function = builder.finish()
    assert {key: _answer(function, key) for key in answers} == answers


def test_lookup_with_several_columns_takes_the_smallest_prefix() -> None:
    function = _text(
        """func f(%0 a: u8; %1 b: u8) -> (u8) {
          table t prefix (u8, u8) -> u8 default 0 {
            (0..255, 0..255) -> 1 (16..31, 0..255) -> 2 (16..31, 4) -> 3
          }
          %2 = lookup t(%0, %1)
          return %2
        }"""
    )
    assert [_answer(function, *key) for key in ((0, 4), (16, 5), (31, 4))] == [1, 2, 3]


def test_call_and_emit() -> None:
    function = _text(
        """func f(%0 n: u64) -> (u64) emits (u64, u64) max 3 {
          for %1 < %0 max 9 {
            emit %1, %0
            next
          }
          %2 = call clock()
          return %2
        }"""
    )
    assert _run(function, 2) == Outcome((99,), ((0, 2), (1, 2)), executed=1 + 2 * 2 + 2)
    assert _answer(function, 4) == "emits"
    assert _answer(function, 10) == "count"


def test_if_yields_and_returns() -> None:
    function = _text(
        """func f(%0 c: u1; %1 n: u8) -> (u8) {
          %4, %5 = if %0 {
            %2 = const u8 5
            yield %1, %2
          } else {
            %3 = const u8 77
            return %3
          }
          %6 = add %4, %5
          return %6
        }"""
    )
    assert _run(function, 1, 10) == Outcome((15,), (), executed=5)
    assert _run(function, 0, 10) == Outcome((77,), (), executed=3)


@pytest.mark.parametrize(
    "count, stop, expected", [(0, 9, (3, 4)), (1, 9, (4, 3)), (2, 9, (3, 4)), (5, 1, (3, 4))]
)
def test_for_carries_all_values_at_once_and_stops_after_taking_them(
    count: int, stop: int, expected: tuple[int, int]
) -> None:
    function = _text(
        """func f(%0 n: u64; %1 stop: u64) -> (u8, u8) {
          %2 = const u8 3
          %3 = const u8 4
          %8, %9 = for %4 < %0 max 5 with %5 = %2, %6 = %3 {
            %7 = ne %4, %1
            next if %7 (%6, %5)
          }
          return %8, %9
        }"""
    )
    assert _run(function, count, stop).results == expected


def test_a_return_leaves_all_loops() -> None:
    function = _text(
        """func f(%0 n: u64) -> (u64) {
          for %1 < %0 max 5 {
            for %2 < %0 max 5 {
              %3 = eq %1, %2
              %4 = ult %2, %1
              if %4 { return %1 }
              next
            }
            next
          }
          return %0
        }"""
    )
    assert _run(function, 5).results == (1,)


def test_a_fault_names_the_instruction_and_its_numbers() -> None:
    function = _text("func f(%0 a: u8; %1 b: u8) -> (u8) {\n  %2 = add %0, %1\n  return %2\n}")
    with pytest.raises(Fault, match="`add` of 200 and 100 leaves u8") as caught:
        _run(function, 200, 100)
    assert caught.value.instruction is function.body[0]
    assert caught.value.instruction.span.source.position(caught.value.instruction.span.start) == (2, 3)


def test_the_budget_ends_a_long_loop() -> None:
    function = _text("func f(%0 n: u64) { for %1 < %0 max 16777216 { next } return }")
    with pytest.raises(Fault) as caught:
        _run(function, 1 << 24, budget=1000)
    assert caught.value.kind == "budget"


@pytest.mark.parametrize(
    "message, state, parameters, fact",
    [
        (None, bytearray(4), (1,), "`message` is missing"),
        (bytes(9), bytearray(4), (1,), "`message` has 9 bytes"),
        (b"", bytearray(3), (1,), "`state` has 3 bytes"),
        (b"", bytes(4), (1,), "read only"),
        (b"", memoryview(bytes(4)), (1,), "read only"),
        (b"", bytearray(4), (), "0 numbers for 1 parameters"),
        (b"", bytearray(4), (256,), "not a u8"),
    ],
)
def test_inputs_must_fit_the_declarations(
    message: bytes | None, state: bytes | bytearray | memoryview, parameters: tuple[int, ...], fact: str
) -> None:
    function = _text(
        "func f(region message: read, max 8; region state: read_write, size 4; %0 a: u8) { return }"
    )
    regions = {"state": state} if message is None else {"message": message, "state": state}
    with pytest.raises(ValueError, match=fact):
        run_function(function, regions, parameters)


def test_rights_hold_even_in_a_function_that_nobody_verified() -> None:
    reading = _text("func f(region m: write, size 4; %0 at: u64) -> (u8) { %1 = load u8 m[%0] return %1 }")
    writing = _text("func f(region m: read, max 4; %0 at: u64; %1 n: u8) { store u8 m[%0] = %1 return }")
    for function, parameters in ((reading, (0,)), (writing, (0, 0))):
        with pytest.raises(Fault) as caught:
            run_function(function, {"m": bytearray(4)}, parameters)
        assert caught.value.kind == "rights"
