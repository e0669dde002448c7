"""Built tables answer the abstract map, at every interval's ends and just outside; damage is caught."""

from __future__ import annotations

import itertools
import random
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runtime.ir.nodes import Entry, Function, Table, TableKind, Type
from runtime.ir.verify_table import verify_table
from runtime.tables.build import build_table
from runtime.tables.confirm import confirm_table
from runtime.tables.layout import TABLE_ALIGNMENT, build_tables
from runtime.tables.read import read_table
from runtime.tables.representation import Partition, Rows, Scan
from tests.codegen.random_ir import make_table

SHAPES: tuple[tuple[int, TableKind], ...] = (
    (1, "exact"), (1, "range"), (1, "prefix"), (2, "exact"), (3, "exact"), (2, "range"), (2, "prefix")
)  # fmt: skip


def _answer(table: Table, key: tuple[int, ...]) -> int:
    """The abstract map, read entry by entry: the smallest of those that hold the key."""
    holding = [
        entry
        for entry in table.entries
        if all(low <= number <= high for low, number, high in zip(entry.low, key, entry.high))
    ]
    if not holding:
        return table.default
    return min(holding, key=lambda entry: [high - low for low, high in zip(entry.low, entry.high)]).value


def _boundary_keys(table: Table) -> list[tuple[int, ...]]:
    columns = []
    for column, type_ in enumerate(table.keys):
        ends = {0, type_.maximum}
        for entry in table.entries:
            for end in (entry.low[column], entry.high[column]):
                ends |= {end - 1, end, end + 1}
        columns.append(sorted(end for end in ends if 0 <= end <= type_.maximum))
    keys = list(itertools.product(*columns))
    return random.Random(0).sample(keys, min(len(keys), 400))


@pytest.mark.parametrize(("columns", "kind"), SHAPES)
@given(seed=st.integers(0, 1 << 32))
@settings(max_examples=40)
def test_built_table_is_the_map(columns: int, kind: TableKind, seed: int) -> None:
    table = make_table(random.Random(seed), "t", columns, kind)
    verify_table(table)
    built = build_table(table)
    for key in _boundary_keys(table):
        assert read_table(built, key) == _answer(table, key)


@pytest.mark.parametrize(("columns", "kind"), SHAPES)
def test_damage_is_caught(columns: int, kind: TableKind) -> None:
    """Any changed byte of a full table changes an answer, or the order that the search relies on."""
    entries = tuple(Entry((7 * at,) * columns, (7 * at,) * columns, at + 1) for at in range(8))
    default = 0
    if columns == 1:  # without gaps, so that no interval is padding
        entries = tuple(Entry((32 * at,), (32 * at + 31,), at + 1) for at in range(8))
        kind = "range" if kind == "exact" else kind
    table = Table("t", kind, (Type.U8,) * columns, Type.U8, default, entries)
    verify_table(table)
    built = build_table(table)
    for place in range(len(built.data)):
        data = bytearray(built.data)
        data[place] ^= 1
        with pytest.raises(AssertionError):
            confirm_table(table, replace(built, data=bytes(data)))
    with pytest.raises(AssertionError):
        confirm_table(table, replace(built, data=built.data + b"\0"))


def test_representations() -> None:
    one = Table("t", "exact", (Type.U16,), Type.U32, 0, tuple(Entry((k,), (k,), 1) for k in range(5)))
    assert build_table(one).representation == Partition(Type.U16, Type.U32, 2, 4)
    columns = (Type.U32, Type.U32, Type.U16, Type.U8)
    rows = Table("t", "exact", columns, Type.U16, 9, (Entry((1, 2, 3, 4), (1, 2, 3, 4), 5),))
    words = ((Type.U32, Type.U32), (Type.U16, Type.U8))
    assert build_table(rows).representation == Rows(words, Type.U16, 9, 1, 12)
    boxes = Table("t", "range", (Type.U8, Type.U16), Type.U8, 9, (Entry((1, 2), (3, 4), 5),))
    assert build_table(boxes).representation == Scan((Type.U8, Type.U16), Type.U8, 9, 1, 6)


def test_whole_key_space() -> None:
    top = (1 << 64) - 1
    table = Table(
        "t", "prefix", (Type.U64,), Type.U64, 3, (Entry((0,), (top,), top), Entry((top,), (top,), 1))
    )
    built = build_table(table)
    assert [read_table(built, (key,)) for key in (0, top - 1, top)] == [top, top, 1]


def test_layout_is_aligned() -> None:
    chance = random.Random(5)
    tables = tuple(make_table(chance, f"t{at}", columns, kind) for at, (columns, kind) in enumerate(SHAPES))
    function = Function("f", (), (), (), (), 0, tables, ())
    block = build_tables(function)
    for table in tables:
        place = block.find_place(table.name)
        built = build_table(table)
        assert place.offset % TABLE_ALIGNMENT == 0
        assert block.data[place.offset :][: len(built.data)] == built.data
        assert place.representation == built.representation
    assert block == build_tables(function)
