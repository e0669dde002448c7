"""Native code looks up while the table changes: every answer is one that was true since the look-up began."""

from __future__ import annotations

import random
import sys
from array import array
from collections.abc import Callable, Iterator
from threading import Event, Thread

import pytest

from runtime.load.native import NativeFunction
from runtime.pipeline import load_function
from runtime.tables.epochs import ReaderEpochs
from runtime.tables.open_hash import OpenHash
from runtime.tables.open_hash_store import LIMBO
from runtime.tables.open_hash_table import OpenHashTable
from tests.tables.open_lookup import (
    Key,
    list_keys,
    make_answers,
    make_columns,
    make_layout,
    make_loop,
    make_policy,
    make_table,
    pack_keys,
)


@pytest.fixture
def often_switched() -> Iterator[None]:
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-3)  # much less, and threads do nothing but switch
    yield
    sys.setswitchinterval(before)


class _Reader(Thread):
    """Looks up `keys` for ever; notes keys that got an answer not allowed for them."""

    def __init__(self, table: OpenHashTable, native: NativeFunction, allowed: dict[Key, set[int]]) -> None:
        super().__init__()
        self.table, self.native, self.allowed = table, native, allowed
        self.wrong: list[tuple[Key, int]] = []
        self.rounds, self.stop = 0, Event()

    def run(self) -> None:
        keys = list(self.allowed)
        packed, answers = pack_keys(self.table.layout, keys), array("I", bytes(4 * len(keys)))
        while not self.stop.is_set():
            with self.table.epochs.reading():
                self.native.call({"keys": packed, "answers": answers, "table": self.table.view})
            self.rounds += 1
            self.wrong += [
                (key, answer) for key, answer in zip(keys, answers) if answer not in self.allowed[key]
            ]


def _watch(table: OpenHashTable, allowed: dict[Key, set[int]], change: Callable[[], None]) -> None:
    """Run `change` while two readers look up all keys of `allowed`."""
    function = make_loop(table.layout, len(allowed))
    native = load_function(function, make_policy(function))
    readers = [_Reader(table, native, allowed) for _ in range(2)]
    for reader in readers:
        reader.start()
    try:
        change()
        while any(reader.rounds < 10 and reader.is_alive() for reader in readers):
            change()
    finally:
        for reader in readers:
            reader.stop.set()
            reader.join()
    assert [reader.wrong[:5] for reader in readers] == [[], []]
    assert all(reader.rounds >= 10 for reader in readers)


def _random_keys(layout: OpenHash, count: int) -> list[Key]:
    source = random.Random(count)
    types = list_keys(layout)
    return sorted({tuple(source.randrange(type_.maximum) for type_ in types) for _ in range(count)})


@pytest.mark.usefixtures("often_switched")
@pytest.mark.parametrize("kind", ["flow", "ipv6", "address"])
def test_single_changes_with_growth(kind: str) -> None:
    layout, source = make_layout(kind, 1 << 12), random.Random(kind)
    table, keys = make_table(layout), _random_keys(make_layout(kind), 1200)
    kept, changing, never = keys[:200], keys[200:1000], keys[1000:]
    allowed = {key: {number + 1} for number, key in enumerate(kept)}
    allowed |= {key: {0, 5000, 6000} for key in changing} | {key: {0} for key in never}
    for number, key in enumerate(kept):
        table.insert(key, number + 1)

    def change() -> None:
        for _ in range(500):
            key = source.choice(changing)
            if not table.delete(key):
                assert table.insert(key, source.choice((5000, 6000)))

    _watch(table, allowed, change)


@pytest.mark.usefixtures("often_switched")
def test_many_at_once_with_growth() -> None:
    layout, source = make_layout("flow", 1 << 12), random.Random(3)
    table, keys = make_table(layout), _random_keys(make_layout("flow"), 1200)
    kept, changing = keys[:200], keys[200:]
    allowed = {key: {number + 1} for number, key in enumerate(kept)} | {key: {0, 7} for key in changing}
    for number, key in enumerate(kept):
        table.insert(key, number + 1)

    def change() -> None:
        for _ in range(40):
            some = make_columns(source.sample(changing, source.randrange(1, len(changing))), 4)
            assert not len(table.insert_many(some, make_answers([7] * len(some[0]))))
            assert not len(table.delete_many(some))

    _watch(table, allowed, change)


@pytest.mark.usefixtures("often_switched")
def test_halves_of_two_keys_never_make_a_third() -> None:
    """In the smallest table every slot is used again and again, by keys that differ in every word."""
    layout, source = make_layout("ipv6", 8), random.Random(5)
    table = make_table(layout)
    real = [(n, n, n, n, n, n) for n in range(12)]
    mixed = [(a, b, a, b, b, a) for a in range(12) for b in range(12) if a != b]
    allowed = {key: {0, 1 + key[0]} for key in real} | {key: {0} for key in mixed}

    def change() -> None:
        for _ in range(200):  # a change waits for the interpreter lock several times, on busy machines long
            key = source.choice(real)
            if not table.delete(key) and len(table) < 6:
                assert table.insert(key, 1 + key[0])

    _watch(table, allowed, change)


def test_a_slot_waits_for_readers_inside() -> None:
    table = make_table(make_layout("word"))
    assert table.insert((5,), 1)
    store = table._store
    slot = store.find_slot([5])
    assert slot is not None
    ticket = table.epochs.enter()
    table.delete((5,))
    for key in range(100, 106):
        table.insert((key,), 1)
    assert table._store is store
    assert store.state[slot] == LIMBO
    assert store.numbers[slot * store.stride : (slot + 1) * store.stride].tolist() == [0, 5]
    table.epochs.leave(ticket)
    assert table.insert((5,), 2)
    store.wait_for_slots()
    assert LIMBO not in store.state


def test_an_old_size_is_given_back_when_its_readers_have_left() -> None:
    table = make_table(make_layout("flow", 1 << 14))
    keys = _random_keys(table.layout, 3000)
    for key in keys[:2048]:
        table.insert(key, 1)  # now half of the slots are rows
    start, stop = table._store.bounds
    old = bytes(table.view[start:stop])
    ticket = table.epochs.enter()
    for key in keys[2048:]:
        table.insert(key, 1)
    assert table._store.bounds != (start, stop)
    assert bytes(table.view[start:stop]) == old
    table.epochs.leave(ticket)
    table.insert((0, 0, 0, 0), 1)
    assert not any(table.view[start:stop])
    table.confirm(make_columns([*keys, (0, 0, 0, 0)], 4), make_answers([1] * (len(keys) + 1)))


def test_the_horizon_waits_for_the_oldest_reader() -> None:
    epochs = ReaderEpochs()
    assert epochs.retire() < epochs.horizon()
    first = epochs.enter()
    stamp = epochs.retire()
    second = epochs.enter()
    assert stamp >= epochs.horizon()
    epochs.leave(first)
    assert stamp < epochs.horizon()
    with epochs.reading():
        later = epochs.retire()
        epochs.leave(second)
        assert later >= epochs.horizon()
    assert later < epochs.horizon()
