"""What only a compiler's bug or a hostile client can send: functions that the text form cannot say."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runtime import limits
from runtime.diagnostic import Refused
from runtime.ir.nodes import (
    Call,
    Constant,
    Entry,
    For,
    Function,
    If,
    Instruction,
    Length,
    Load,
    Next,
    Parameter,
    Region,
    Return,
    Store,
    Table,
    TableKind,
    Type,
    Value,
    Yield,
)
from runtime.ir.verify import verify_function

_EMPTY = Function("f", (), (), (), (), 0, (), (Return(()),))


def _verdict(function: Function) -> str:
    try:
        verify_function(function)
    except Refused as refused:
        return refused.diagnostics[0].code
    return "accepted"


def _with_body(*body: Instruction) -> Function:
    regions = (Region("m", "read_write", 64),)
    parameters = (Parameter("at", Type.U64), Parameter("bit", Type.U1), Parameter("byte", Type.U8))
    return replace(_EMPTY, regions=regions, parameters=parameters, body=(*body, Return(())))


AT, BIT, BYTE, NEW = Value(0), Value(1), Value(2), Value(3)


@pytest.mark.parametrize(
    "function, expected",
    [
        (_EMPTY, "accepted"),
        (replace(_EMPTY, name=""), "IR101"),
        (replace(_EMPTY, name="1st"), "IR101"),
        (replace(_EMPTY, name="f\n"), "IR101"),
        (replace(_EMPTY, name="naïve"), "IR101"),
        (replace(_EMPTY, name="f" * 10_000), "IR101"),
        (replace(_EMPTY, regions=tuple(Region(f"m{n}", "read", 1) for n in range(17))), "IR103"),
        (replace(_EMPTY, regions=(Region("m", "read", -1),)), "IR103"),
        (replace(_EMPTY, results=(Type.U8,) * 9), "IR103"),
        (replace(_EMPTY, emits=(Type.U8,), emit_limit=limits.MAX_EMITS + 1), "IR103"),
        (replace(_EMPTY, emits=(Type.U8,), emit_limit=-1), "IR104"),
        (replace(_EMPTY, emit_limit=1), "IR104"),
        (replace(_EMPTY, body=(Constant(Value(0), Type.U8, 1),) * limits.MAX_INSTRUCTIONS), "IR121"),
        (replace(_EMPTY, body=()), "IR109"),
        (_with_body(Constant(NEW, Type.U8, -1)), "IR111"),
        (_with_body(Constant(NEW, Type.U8, 1 << 100_000)), "IR111"),
        (_with_body(Call((), "clock", ())), "IR110"),
        (_with_body(Call((NEW,), "clock", (BIT,))), "IR110"),
        (_with_body(Call((NEW,), "clock", ())), "accepted"),
        (replace(_EMPTY, tables=(Table("t", "exact", (Type.U8,), Type.U8, 256, ()),)), "IR105"),
        (_with_body(Load(NEW, Type.U1, "m", AT, "be")), "IR120"),
        (_with_body(Load(NEW, Type.U8, "m", AT, "le")), "IR120"),
        (_with_body(Store("m", AT, BIT, "be")), "IR120"),
        (_with_body(Store("m", AT, BYTE, "le")), "IR120"),
        (_with_body(Store("m", Value(-1), BYTE, "be")), "IR122"),
        (_with_body(Length(Value(-1), "m")), "IR121"),
        (_with_body(If((), BIT, (), (Yield(),))), "IR109"),
        (_with_body(For((), NEW, AT, -1, (), (), (Next(None, ()),))), "IR103"),
        (_with_body(For((), NEW, AT, 4, (Value(4),), (), (Next(None, ()),))), "IR110"),
        (_with_body(For((), NEW, AT, 4, (), (), (If((), BIT, (Return(()),), (Return(()),)),))), "accepted"),
    ],
)
def test_verdicts(function: Function, expected: str) -> None:
    assert _verdict(function) == expected


def test_too_many_instructions() -> None:
    body = tuple(Constant(Value(n), Type.U8, 1) for n in range(limits.MAX_INSTRUCTIONS - 1))
    assert _verdict(replace(_EMPTY, body=(*body, Return(())))) == "accepted"
    more = Constant(Value(len(body)), Type.U8, 1)
    assert _verdict(replace(_EMPTY, body=(*body, more, Return(())))) == "IR103"


@pytest.mark.parametrize("depth, expected", [(64, "accepted"), (65, "IR107"), (10_000, "IR107")])
def test_deep_nesting_is_refused_before_python_gives_up(depth: int, expected: str) -> None:
    branch: Instruction = Yield()
    for _ in range(depth):
        body = (branch,) if isinstance(branch, Yield) else (branch, Yield())
        branch = If((), BIT, body, (Yield(),))
    assert _verdict(_with_body(branch)) == expected


def test_deeply_nested_returning_arms_are_refused_too() -> None:
    branch: Instruction = Return(())
    for _ in range(10_000):
        branch = If((), BIT, (branch,), (Return(()),))
    assert _verdict(replace(_with_body(), body=(branch,))) == "IR107"


# Tables


def _table(kind: TableKind, keys: tuple[Type, ...], entries: Iterable[Entry]) -> Function:
    return replace(_EMPTY, tables=(Table("t", kind, keys, Type.U8, 0, tuple(entries)),))


@pytest.mark.parametrize(
    "kind, keys, entry, expected",
    [
        ("exact", (), Entry((), (), 1), "IR103"),
        ("exact", (Type.U8,) * 17, Entry((1,) * 17, (1,) * 17, 1), "IR103"),
        ("exact", (Type.U8,), Entry((256,), (256,), 1), "IR105"),
        ("exact", (Type.U8,), Entry((-1,), (-1,), 1), "IR105"),
        ("exact", (Type.U8,), Entry((1,), (1, 2), 1), "IR105"),
        ("range", (Type.U8,), Entry((2,), (1,), 1), "IR105"),
        ("range", (Type.U8,), Entry((0,), (255,), 1), "accepted"),
        ("prefix", (Type.U8,), Entry((0,), (254,), 1), "IR105"),
        ("prefix", (Type.U8,), Entry((8,), (23,), 1), "IR105"),
        ("prefix", (Type.U8,), Entry((16,), (31,), 1), "accepted"),
        ("prefix", (Type.U64,), Entry((0,), (2**64 - 1,), 1), "accepted"),
        ("prefix", (Type.U64,), Entry((5,), (5,), 256), "IR105"),
    ],
)
def test_entries_fit_their_table(
    kind: TableKind, keys: tuple[Type, ...], entry: Entry, expected: str
) -> None:
    assert _verdict(_table(kind, keys, [entry])) == expected


_SMALL = st.tuples(st.integers(0, 7), st.integers(0, 7)).map(lambda pair: (min(pair), max(pair)))
_BLOCK = st.tuples(st.integers(0, 7), st.integers(0, 3)).map(
    lambda pair: (pair[0] >> pair[1] << pair[1], pair[0] | (1 << pair[1]) - 1)
)


@given(st.integers(1, 3), st.data())
@settings(max_examples=200)
def test_ranges_are_refused_just_when_two_of_them_meet(columns: int, data: st.DataObject) -> None:
    boxes = data.draw(st.lists(st.tuples(*[_SMALL] * columns), max_size=6))
    entries = [Entry(tuple(low for low, _ in box), tuple(high for _, high in box), 1) for box in boxes]
    meet = any(_meet(first, second) for first, second in combinations(entries, 2))
    assert _verdict(_table("range", (Type.U8,) * columns, entries)) == ("IR106" if meet else "accepted")


@given(st.integers(1, 2), st.data())
@settings(max_examples=200)
def test_prefixes_are_refused_just_when_two_of_them_cross(columns: int, data: st.DataObject) -> None:
    boxes = data.draw(st.lists(st.tuples(*[_BLOCK] * columns), max_size=6))
    entries = [Entry(tuple(low for low, _ in box), tuple(high for _, high in box), 1) for box in boxes]
    cross = any(
        _meet(first, second) and not (_strictly_holds(first, second) or _strictly_holds(second, first))
        for first, second in combinations(entries, 2)
    )
    assert _verdict(_table("prefix", (Type.U8,) * columns, entries)) == ("IR106" if cross else "accepted")


def _keys(entry: Entry) -> set[tuple[int, ...]]:
    """Return all keys of an entry, the slow way."""
    keys: set[tuple[int, ...]] = {()}
    for low, high in zip(entry.low, entry.high, strict=True):
        keys = {(*key, number) for key in keys for number in range(low, high + 1)}
    return keys


def _meet(first: Entry, second: Entry) -> bool:
    return bool(_keys(first) & _keys(second))


def _strictly_holds(outer: Entry, inner: Entry) -> bool:
    return _keys(outer) > _keys(inner)


def test_a_large_table_of_products_is_accepted() -> None:
    entries = [
        Entry((port, net << 8), (port, (net << 8) + 255), 1)
        for port in range(0, 200, 2)
        for net in range(200)
    ]
    assert _verdict(_table("range", (Type.U16, Type.U16), entries)) == "accepted"


def test_a_table_made_to_cost_too_many_comparisons_is_refused() -> None:
    wide = [Entry((number, 0), (60_000, 0), 1) for number in range(2000)]
    assert _verdict(_table("range", (Type.U16, Type.U16), wide)) == "IR103"


@pytest.mark.parametrize("turns, expected", [(40, "accepted"), (1500, "IR103")])
def test_a_table_made_to_be_split_one_entry_at_a_time(turns: int, expected: str) -> None:
    """A staircase: each column in turn sets one entry apart, and nothing else."""
    low, entries = [0, 0], []
    for turn in range(turns):
        column = turn % 2
        high = [60_000, 60_000]
        high[column] = low[column]
        entries.append(Entry(tuple(low), tuple(high), 1))
        low[column] += 1
    assert _verdict(_table("range", (Type.U16, Type.U16), entries)) == expected
