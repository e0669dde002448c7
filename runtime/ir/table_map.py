"""What a table means: the reference answer to a lookup.

In: a verified table. Out: a function from keys to the value. Simple and slow next to `runtime.tables`, whose
built bytes are compared with it.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from typing import TypeAlias

from runtime.ir.nodes import Entry, Table

TableMap: TypeAlias = Callable[[tuple[int, ...]], int]
"""One number per key column in, the value out."""


def prepare_table(table: Table) -> TableMap:
    """Return the map of `table`, which is not open."""
    assert not table.open, "the map of an open table comes with the call"
    if table.kind == "exact":
        values = {entry.low: entry.value for entry in table.entries}
        default = table.default
        return lambda keys: values.get(keys, default)
    if table.kind == "range" and len(table.keys) == 1:
        return _prepare_ranges(table)
    if table.kind == "first":
        return _prepare_scan(table.entries, table.default)
    # Of two prefix entries that hold a key, one holds the other: the smaller one decides.
    return _prepare_scan(sorted(table.entries, key=_measure_entry), table.default)


def _measure_entry(entry: Entry) -> int:
    return sum(entry.high) - sum(entry.low)


def _prepare_ranges(table: Table) -> TableMap:
    """Find the last range that begins at or before the key: ranges do not meet, so no other can hold it."""
    entries = sorted(table.entries, key=lambda entry: entry.low)
    starts = [entry.low for entry in entries]

    def look_up(keys: tuple[int, ...]) -> int:
        position = bisect_right(starts, keys) - 1
        if position >= 0 and keys <= entries[position].high:
            return entries[position].value
        return table.default

    return look_up


def _prepare_scan(entries: Sequence[Entry], default: int) -> TableMap:
    """Try the entries in order."""

    def look_up(keys: tuple[int, ...]) -> int:
        for entry in entries:
            if all(low <= key <= high for low, key, high in zip(entry.low, keys, entry.high)):
                return entry.value
        return default

    return look_up
