"""An open dense table against a dict; its bytes against the interpreter and native code."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runtime.ir.nodes import Table, Type
from runtime.pipeline import load_function
from runtime.tables.memory import TableMemory
from runtime.tables.open_dense import plan_open_dense
from runtime.tables.open_dense_table import OpenDenseTable
from tests.tables.open_lookup import interpret_lookup, make_answers, make_columns, make_lookup, make_policy

SHAPES = (
    (Type.U16, Type.U32, 0),
    (Type.U8, Type.U8, 9),
    (Type.U16, Type.U64, 1 << 40),
    (Type.U8, Type.U1, 1),
)


def _make(key: Type, value: Type, default: int) -> OpenDenseTable:
    layout = plan_open_dense(Table("table", "exact", (key,), value, default, (), True))
    return OpenDenseTable(layout, TableMemory(layout.bytes).view)


@pytest.mark.parametrize("shape", SHAPES)
@given(seed=st.integers(0, 1 << 32))
@settings(deadline=None, max_examples=20)
def test_it_is_a_map(shape: tuple[Type, Type, int], seed: int) -> None:
    table, source, rows = _make(*shape), random.Random(seed), dict[int, int]()
    maximum, default = shape[1].maximum, shape[2]
    look_up = interpret_lookup(table.layout, table.view)
    keys = [source.randrange(shape[0].maximum + 1) for _ in range(12)]
    for _ in range(40):
        key = source.choice(keys)
        if source.randrange(2):
            answer = source.choice([number for number in (0, 1, maximum) if number != default])
            assert table.insert((key,), answer) == (key not in rows)
            rows.setdefault(key, answer)
        else:
            assert table.delete((key,)) == (rows.pop(key, None) is not None)
        table.confirm_key((key,), rows.get(key))
    assert len(table) == len(rows)
    for key in keys:
        assert look_up((key,)) == rows.get(key, default)
    table.confirm(make_columns([(key,) for key in rows], 1), make_answers(list(rows.values())))


@pytest.mark.parametrize("shape", SHAPES)
def test_native_code_agrees(shape: tuple[Type, Type, int]) -> None:
    table = _make(*shape)
    function = make_lookup(table.layout)
    native = load_function(function, make_policy(function))
    table.insert((200,), 0 if shape[2] else 1)
    for key in (0, 200, shape[0].maximum):
        wanted = table.find((key,))
        answer = native.call({"table": table.view}, (key,)).results[0]
        assert answer == (shape[2] if wanted is None else wanted)


def test_many_rows_at_once() -> None:
    table = _make(Type.U16, Type.U32, 0)
    columns = make_columns([(key,) for key in range(0, 65536, 3)], 1)
    answers = make_answers(range(1, 1 + len(columns[0])))
    assert not len(table.insert_many(columns, answers))
    table.confirm(columns, answers)
    assert table.insert_many(make_columns([(1,), (3,), (1,)], 1), make_answers([1, 1, 1])).tolist() == [1, 2]
    assert table.delete_many(make_columns([(1,), (3,), (3,)], 1)).tolist() == [0, 2]
    assert len(table) == len(columns[0])
    table.view[8] ^= 1
    with pytest.raises(AssertionError, match="every key"):
        table.confirm(columns, answers)
    table.view[8] ^= 1
    assert not len(table.delete_many(columns))
    assert not any(table.view)
    assert len(table) == 0


def test_numbers_outside_the_declaration_are_refused() -> None:
    table = _make(Type.U8, Type.U8, 9)
    for key, answer in (((256,), 1), ((1, 2), 1), ((1,), 256), ((1,), 9)):
        with pytest.raises(ValueError, match=r"is no|is not"):
            table.insert(key, answer)
    for keys, answers in (([(256,)], [1]), ([(1,)], [9]), ([(1,)], [256]), ([(1,)], [1, 2])):
        with pytest.raises(ValueError, match=r"not all|default|rows"):
            table.insert_many(make_columns(keys, 1), make_answers(answers))
    assert len(table) == 0
