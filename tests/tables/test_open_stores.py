"""Between any two stores of an insert or delete, each key is answered as before the change or as after it."""

from __future__ import annotations

import random
from collections.abc import Callable
from functools import partial
from typing import overload

import pytest

from runtime.tables.open_hash_arrangement import confirm_key
from runtime.tables.open_hash_table import OpenHashTable
from tests.tables.open_lookup import KINDS, Key, list_keys, make_layout, make_table


class _Watched:
    """Stands for a memoryview; says so after each store."""

    def __init__(self, view: memoryview, stored: Callable[[], None]) -> None:
        self._view, self._stored = view, stored

    @overload
    def __getitem__(self, place: int) -> int: ...
    @overload
    def __getitem__(self, place: slice) -> memoryview: ...
    def __getitem__(self, place: int | slice) -> int | memoryview:
        return self._view[place]

    def __setitem__(self, place: int, number: int) -> None:
        self._view[place] = number
        self._stored()


class _Watcher:
    """Holds what may be answered now, and asks for all keys after each store."""

    def __init__(self, table: OpenHashTable, pool: list[Key]) -> None:
        self.table, self.pool = table, pool
        self.before: dict[Key, int] = {}
        self.after: dict[Key, int] = {}
        self.stores = 0

    def change(self, after: dict[Key, int], change: Callable[[], bool]) -> None:
        self.after = after
        assert change()
        self.before = after
        self.look()

    def look(self) -> None:
        self.stores += 1
        for key in self.pool:
            words = self.table._pack(key)
            if self.before.get(key) == self.after.get(key) or not self._is_answered(
                words, self.before.get(key)
            ):
                confirm_key(self.table.layout, self.table.view, words, self.after.get(key))

    def _is_answered(self, words: list[int], answer: int | None) -> bool:
        try:
            confirm_key(self.table.layout, self.table.view, words, answer)
        except AssertionError:
            return False
        return True


@pytest.mark.parametrize("kind", KINDS)
def test_no_store_shows_half_a_change(kind: str) -> None:
    table, source = make_table(make_layout(kind, 8)), random.Random(kind)
    types = list_keys(table.layout)
    pool = sorted({tuple(source.randrange(min(9, type_.maximum)) for type_ in types) for _ in range(16)})
    watcher = _Watcher(table, pool)
    store = table._store
    store.numbers = _Watched(store.numbers, watcher.look)  # type: ignore[assignment]
    store.displacements = _Watched(store.displacements, watcher.look)  # type: ignore[assignment]
    changes = 0
    while changes < 250:
        key, answer = source.choice(pool), source.randrange(1, 100)
        rows = dict(watcher.before)
        if rows.pop(key, None) is not None:
            watcher.change(rows, partial(table.delete, key))
        elif len(table) < 6:
            watcher.change({**rows, key: answer}, partial(table.insert, key, answer))
        else:
            continue
        changes += 1
    assert table._store is store
    assert watcher.stores >= 2 * changes
