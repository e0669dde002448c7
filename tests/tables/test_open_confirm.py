"""`confirm` believes the bytes only: any damage that changes an answer is caught."""

from __future__ import annotations

import random
import resource

import pytest

from runtime.diagnostic import Refused
from runtime.tables.memory import TableMemory
from runtime.tables.open_hash_confirm import confirm_open_hash
from runtime.tables.open_hash_table import OpenHashTable
from tests.tables.open_lookup import (
    KINDS,
    Key,
    interpret_lookup,
    list_keys,
    make_answers,
    make_columns,
    make_layout,
    make_table,
)


def _fill(kind: str) -> tuple[OpenHashTable, dict[Key, int]]:
    layout, source = make_layout(kind, 64), random.Random(kind)
    types = list_keys(layout)
    keys = sorted({tuple(source.randrange(type_.maximum) for type_ in types) for _ in range(50)})
    table, rows = make_table(layout), {key: 1 + number for number, key in enumerate(keys)}
    for key, answer in rows.items():
        table.insert(key, answer)
    return table, rows


def _is_confirmed(table: OpenHashTable, view: bytearray, rows: dict[Key, int]) -> bool:
    columns = make_columns(list(rows), len(list_keys(table.layout)))
    try:
        confirm_open_hash(table.layout, memoryview(view), columns, make_answers(list(rows.values())))
    except AssertionError:
        return False
    return True


@pytest.mark.parametrize("kind", KINDS)
def test_every_flipped_bit_of_a_row_is_caught(kind: str) -> None:
    table, rows = _fill(kind)
    layout, store, source = table.layout, table._store, random.Random(1)
    view = bytearray(table.view)
    assert _is_confirmed(table, view, rows)
    for key in source.sample(sorted(rows), 12):
        slot = store.find_slot(table._pack(key))
        assert slot is not None
        start = store.bounds[0] + slot * layout.slot_bytes
        for _ in range(8):
            place, bit = start + source.randrange(8 * (1 + layout.further)), 1 << source.randrange(8)
            view[place] ^= bit
            assert not _is_confirmed(table, view, rows)
            view[place] ^= bit


@pytest.mark.parametrize("kind", KINDS)
def test_flips_in_header_and_displacements_are_caught_if_they_matter(kind: str) -> None:
    table, rows = _fill(kind)
    layout, arrangement, source = table.layout, table._store.arrangement, random.Random(2)
    view = bytearray(table.view)
    look_up = interpret_lookup(layout, memoryview(view))
    header = [(0, 8), (arrangement.offset, 8 * len(arrangement.list_numbers()))]
    places = [*header, *[(layout.displacements + 2 * arrangement.buckets, 2 * arrangement.buckets)] * 2]
    caught = 0
    for attempt in range(120):
        start, length = places[attempt % len(places)]
        place, bit = start + source.randrange(length), 1 << source.randrange(8)
        view[place] ^= bit
        if _is_confirmed(table, view, rows):
            assert [look_up(key) for key in rows] == list(rows.values())
        else:
            caught += 1
        view[place] ^= bit
    assert caught > 60


def test_a_row_too_many_or_too_few_is_caught() -> None:
    table, rows = _fill("flow")
    view = bytearray(table.view)
    key, answer = rows.popitem()
    assert not _is_confirmed(table, view, rows)
    assert _is_confirmed(table, view, {**rows, key: answer})
    assert not _is_confirmed(table, view, {**rows, key: answer, (1, 2, 3, 4): 5})
    assert not _is_confirmed(table, bytearray(len(view)), rows)
    assert _is_confirmed(table, bytearray(len(view)), {})


def test_one_key_is_confirmed_by_itself() -> None:
    table, rows = _fill("ipv6")
    key, answer = rows.popitem()
    table.confirm_key(key, answer)
    table.confirm_key((1, 2, 3, 4, 5, 6), None)
    for wrong in (answer + 1, None):
        with pytest.raises(AssertionError, match="answered"):
            table.confirm_key(key, wrong)


def test_reserved_memory_costs_nothing() -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    memory = TableMemory(1 << 32)
    memory.view[1 << 31] = 7
    assert memory.view[-1] == 0
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 1 << 16


def test_absurd_sizes_are_refused() -> None:
    for size in (1 << 62, 1 << 70):
        with pytest.raises(Refused, match="address space") as refusal:
            TableMemory(size)
        assert refusal.value.diagnostics[0].code == "TAB010"
