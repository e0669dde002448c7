"""An open hash is a map: whatever is done to it, its bytes answer what a dict would, and nothing else."""

from __future__ import annotations

import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runtime import limits
from runtime.codegen.emit import emit_code, print_assembly
from runtime.diagnostic import Refused
from runtime.ir.verify import verify_function
from runtime.pipeline import load_function
from runtime.tables.epochs import ReaderEpochs
from runtime.tables.memory import TableMemory
from runtime.tables.open_hash import LEAST_SLOTS, OpenHash
from runtime.tables.open_hash_table import OpenHashTable
from tests.tables.open_lookup import (
    KINDS,
    Key,
    interpret_lookup,
    list_keys,
    make_answers,
    make_columns,
    make_layout,
    make_lookup,
    make_loop,
    make_policy,
    make_table,
    pack_keys,
)

MASK = (1 << 64) - 1


def _draw_key(layout: OpenHash, source: random.Random) -> Key:
    """A key of few different numbers, the ends of the ranges among them."""
    return tuple(
        source.choice((0, 1, type_.maximum, type_.maximum - 1, 1 << (type_.bits - 1), source.randrange(6)))
        for type_ in list_keys(layout)
    )


def _confirm(table: OpenHashTable, rows: dict[Key, int]) -> None:
    columns = make_columns(list(rows), len(list_keys(table.layout)))
    table.confirm(columns, make_answers(list(rows.values())))


@pytest.mark.parametrize("kind", KINDS)
@given(seed=st.integers(0, 1 << 32))
@settings(deadline=None, max_examples=15)
def test_lookup_is_find(kind: str, seed: int) -> None:
    layout, source = make_layout(kind), random.Random(seed)
    base = source.choice((0, 4096))
    table = make_table(layout, seed, base)
    rows: dict[Key, int] = {}
    for number in range(source.choice((0, 3, 40))):
        key = _draw_key(layout, source)
        answer = source.choice((1, layout.highest, 1 + number))
        assert table.insert(key, answer) == (key not in rows)
        rows.setdefault(key, answer)
    _confirm(table, rows)
    look_up = interpret_lookup(layout, memoryview(bytes(base) + bytes(table.view)), base)
    for key in [*rows, *(_draw_key(layout, source) for _ in range(30))]:
        assert table.find(key) == rows.get(key)
        table.confirm_key(key, rows.get(key))
        assert look_up(key) == rows.get(key, layout.default)


@pytest.mark.parametrize("kind", KINDS)
def test_native_code_agrees_and_is_validated(kind: str) -> None:
    layout, source = make_layout(kind), random.Random(kind)
    table = make_table(layout)
    keys = list({_draw_key(layout, source) for _ in range(60)})
    function = make_loop(layout, len(keys))
    verify_function(function)
    native = load_function(function, make_policy(function))
    for number, key in enumerate(keys[::2]):
        table.insert(key, 1 + number % layout.highest)
    width = layout.value.bytes
    answers = bytearray(width * len(keys))
    native.call({"keys": pack_keys(layout, keys), "answers": answers, "table": table.view})
    for number, key in enumerate(keys):
        wanted = table.find(key)
        answer = int.from_bytes(answers[number * width : (number + 1) * width], "little")
        assert answer == (layout.default if wanted is None else wanted)


def test_code_is_small_and_has_no_branch() -> None:
    layout = make_layout("flow", limits.MAX_TABLE_ENTRIES)
    assert len(emit_code(make_lookup(layout)).code) < 200
    assert not [line for line in print_assembly(make_lookup(layout)).split("\n") if line.startswith("\tj")]


def test_untouched_memory_is_an_empty_table() -> None:
    for kind in KINDS:
        layout = make_layout(kind, 8)
        table = make_table(layout)
        empty = memoryview(bytes(layout.bytes))
        look_up = interpret_lookup(layout, empty)
        source = random.Random(0)
        assert {look_up(_draw_key(layout, source)) for _ in range(20)} == {layout.default}
        assert look_up(tuple(0 for _ in list_keys(layout))) == layout.default
        assert len(table) == 0


@pytest.mark.parametrize("kind", ["flow", "ipv6"])
def test_hundreds_of_rows_one_by_one_and_at_once(kind: str) -> None:
    layout, source = make_layout(kind, 4096), random.Random(1)
    types = list_keys(layout)
    keys = list({tuple(source.randrange(type_.maximum) for type_ in types) for _ in range(1500)})
    one, many = make_table(layout), make_table(layout)
    for number, key in enumerate(keys):
        assert one.insert(key, number + 1)
    columns, answers = make_columns(keys, len(types)), make_answers(range(1, len(keys) + 1))
    assert not len(many.insert_many(columns, answers))
    for table in (one, many):
        table.confirm(columns, answers)
        assert [table.find(key) for key in keys[:50]] == list(range(1, 51))
    gone = [column[:700] for column in columns]
    assert not len(one.delete_many(gone))
    for key in keys[:700]:
        assert many.delete(key)
    for table in (one, many):
        assert len(table) == len(keys) - 700
        table.confirm([column[700:] for column in columns], answers[700:])


def test_repeated_and_absent_rows_are_named_and_nothing_changes() -> None:
    table = make_table(make_layout("address"))
    for key in (5, 6):
        table.insert((key,), key)
    before = bytes(table.view)
    columns = make_columns([(1,), (5,), (2,), (1,), (6,)], 1)
    assert table.insert_many(columns, make_answers([1, 2, 3, 4, 5])).tolist() == [1, 3, 4]
    assert table.delete_many(make_columns([(5,), (9,), (6,), (5,)], 1)).tolist() == [1, 3]
    assert not table.insert((5,), 8)
    assert not table.delete((7,))
    assert bytes(table.view) == before
    assert len(table) == 2


def test_numbers_outside_the_declaration_are_refused() -> None:
    layout = make_layout("default")
    table = make_table(layout)
    for key, answer in (((1 << 16, 0), 1), ((-1, 0), 1), ((1,), 1), ((1, 2), 0), ((1, 2), 256)):
        with pytest.raises(ValueError, match=r"key|outside"):
            table.insert(key, answer)
    wide = [np.array([1 << 16], np.uint64), np.array([0], np.uint64)]
    for columns, answers in (
        (wide, make_answers([1])),
        (make_columns([(1, 1)], 2), make_answers([0])),
        (make_columns([(1, 1)], 2), make_answers([1, 2])),
        (make_columns([(1, 1)], 1), make_answers([1])),
        ([np.array([-1]), np.array([0])], make_answers([1])),  # type: ignore[list-item]
    ):
        with pytest.raises(ValueError, match=r"outside|column|answers|unsigned|not all"):
            table.insert_many(columns, answers)
    assert len(table) == 0


def test_a_full_table_refuses_and_stays() -> None:
    layout = make_layout("address", LEAST_SLOTS // 2)
    table = make_table(layout)
    rows = {(key,): key + 1 for key in range(LEAST_SLOTS // 2)}
    for key, answer in rows.items():
        table.insert(key, answer)
    with pytest.raises(Refused, match="room for 8 rows, and 9 were wanted") as refusal:
        table.insert((99,), 1)
    assert refusal.value.diagnostics[0].code == "TAB011"
    with pytest.raises(Refused, match="room for 8 rows, and 10 were wanted"):
        table.insert_many(make_columns([(99,), (98,)], 1), make_answers([1, 2]))
    _confirm(table, rows)
    assert table.delete((0,))
    assert table.insert((99,), 1)


class _Constant(random.Random):
    """Multipliers that an attacker knows."""

    def getrandbits(self, bits: int, /) -> int:
        return 0x9E3779B97F4A7C15 >> (64 - bits)


def test_keys_with_one_hash_are_refused_after_bounded_work() -> None:
    layout = make_layout("default")
    table = OpenHashTable(layout, TableMemory(layout.bytes), 0, ReaderEpochs(), _Constant())
    # One multiplier for all parts: keys with one sum of parts have one hash, at every size.
    assert table.insert((1, 0), 3)
    with pytest.raises(Refused, match="no place"):
        table.insert((0, 1), 4)
    with pytest.raises(Refused, match="no place"):
        table.insert_many(make_columns([(5, 0), (4, 1), (9, 9)], 2), make_answers([1, 2, 3]))
    _confirm(table, {(1, 0): 3})
    assert table.insert((0, 2), 4)


def test_top_bits_alone_do_not_make_a_table_grow() -> None:
    layout = make_layout("ipv6")
    table = make_table(layout)
    top = (0, 1 << 63)
    keys = [(a, b, c, d, 0, e) for a in top for b in top for c in top for d in top for e in (0, 1 << 15)]
    for number, key in enumerate(keys):
        assert table.insert(key, number + 1)
    assert not len(make_table(layout).insert_many(make_columns(keys, 6), make_answers(range(1, 33))))
    _confirm(table, {key: number + 1 for number, key in enumerate(keys)})
    assert table._store.arrangement.size == 2 * len(keys)
