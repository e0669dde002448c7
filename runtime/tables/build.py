"""Build table data: an abstract `Table` in, its bytes and their representation out.

Before anybody sees them, the bytes are read back and compared with the map (`runtime.tables.confirm`).
"""

from __future__ import annotations

import struct

from runtime.ir.nodes import Entry, Table, Type
from runtime.tables.confirm import confirm_table
from runtime.tables.read import NUMBER_FORMATS, pack_key
from runtime.tables.representation import (
    BuiltTable,
    Partition,
    Rows,
    Scan,
    stored_bytes,
    word_bytes,
)


def build_table(table: Table) -> BuiltTable:
    """Choose a representation of `table` and build its bytes.

    One key column becomes a partition of the key space whatever the kind; several columns become sorted rows
    (exact) or a list of boxes (range, prefix).
    """
    if len(table.keys) == 1:
        built = _build_partition(table)
    elif table.kind == "exact":
        built = _build_rows(table)
    else:
        built = _build_scan(table)
    confirm_table(table, built)
    return built


def flatten_entries(table: Table) -> tuple[tuple[int, int], ...]:
    """Return the one-column `table` as ascending (start, value) pairs that cover the key space from 0 on.

    Entries never cross: they are disjoint (exact, range) or nested (prefix), so a stack of the open ones
    gives the value at every place. Neighbouring intervals have different values.

        8..15 -> 1, 12..12 -> 2, default 0      becomes      0:0  8:1  12:2  13:1  16:0
    """
    maximum = table.keys[0].maximum
    pairs = [(0, table.default)]
    open_entries = [(maximum, table.default)]
    for entry in sorted(table.entries, key=lambda entry: (entry.low[0], -entry.high[0])):
        while open_entries[-1][0] < entry.low[0]:
            _close_entry(pairs, open_entries)
        _append_start(pairs, entry.low[0], entry.value)
        open_entries.append((entry.high[0], entry.value))
    while len(open_entries) > 1:
        _close_entry(pairs, open_entries)
    return tuple(pair for pair in pairs if pair[0] <= maximum)


def _close_entry(pairs: list[tuple[int, int]], open_entries: list[tuple[int, int]]) -> None:
    end, _ = open_entries.pop()
    _append_start(pairs, end + 1, open_entries[-1][1])


def _append_start(pairs: list[tuple[int, int]], start: int, value: int) -> None:
    """Let `value` hold from `start` on, replacing what started there and joining equal neighbours."""
    if pairs[-1][0] == start:
        pairs.pop()
    if not pairs or pairs[-1][1] != value:
        pairs.append((start, value))


def _build_partition(table: Table) -> BuiltTable:
    key = table.keys[0]
    pairs = flatten_entries(table)
    size = _round_up(len(pairs))
    pairs += pairs[-1:] * (size - len(pairs))
    starts = _pack(stored_bytes(key), [start for start, _ in pairs])
    values = _pack(stored_bytes(table.value), [value for _, value in pairs])
    return BuiltTable(Partition(key, table.value, size, len(starts)), starts + values)


def _build_rows(table: Table) -> BuiltTable:
    words = _group_columns(table.keys)
    rows = sorted((pack_key(words, entry.low), entry.value) for entry in table.entries)
    if not rows:
        rows = [((0,) * len(words), table.default)]
    size = _round_up(len(rows))
    rows += rows[-1:] * (size - len(rows))
    data = b"".join(
        _pack(word_bytes(columns), [key[index] for key, _ in rows]) for index, columns in enumerate(words)
    )
    values = _pack(stored_bytes(table.value), [value for _, value in rows])
    return BuiltTable(Rows(words, table.value, table.default, size, len(data)), data + values)


def _build_scan(table: Table) -> BuiltTable:
    boxes = sorted(table.entries, key=_order_box)
    size = _round_up(max(1, len(boxes)))
    columns = len(table.keys)
    boxes += [Entry((1,) * columns, (0,) * columns, table.default)] * (size - len(boxes))
    parts: list[bytes] = []
    for index, key in enumerate(table.keys):
        parts.append(_pack(stored_bytes(key), [box.low[index] for box in boxes]))
        parts.append(_pack(stored_bytes(key), [box.high[index] for box in boxes]))
    data = b"".join(parts)
    values = _pack(stored_bytes(table.value), [box.value for box in boxes])
    return BuiltTable(Scan(table.keys, table.value, table.default, size, len(data)), data + values)


def _order_box(box: Entry) -> tuple[int, tuple[int, ...], tuple[int, ...]]:
    """Return the sort key that puts more specific boxes (those with fewer keys) first."""
    volume = 1
    for low, high in zip(box.low, box.high, strict=True):
        volume *= high - low + 1
    return volume, box.low, box.high


def _group_columns(keys: tuple[Type, ...]) -> tuple[tuple[Type, ...], ...]:
    """Group neighbouring columns into words of at most 64 bits."""
    words: list[tuple[Type, ...]] = [()]
    for key in keys:
        if sum(column.bits for column in words[-1]) + key.bits > 64:
            words.append(())
        words[-1] += (key,)
    return tuple(words)


def _round_up(count: int) -> int:
    """Return the smallest power of two that is at least `count`."""
    return 1 << (count - 1).bit_length()


def _pack(size: int, numbers: list[int]) -> bytes:
    return struct.pack(f"<{len(numbers)}{NUMBER_FORMATS[size]}", *numbers)
