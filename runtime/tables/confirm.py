"""Confirm built tables: the bytes answer exactly the abstract map, for every key.

A wrong table would be a wrong answer of code that was proved right, so nothing is taken from the builder: the
bytes are decoded again and compared with the table's entries. Exhaustive without trying every key:

- a partition answers one value from each start to the next, and the abstract map changes only at an entry's
  ends; so it is enough to ask at every start, at every end, and just outside each of them;
- rows and boxes are decoded into the entries that they stand for, in the order that decides between them.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator
from itertools import pairwise

from runtime.ir.nodes import Entry, Table
from runtime.tables.read import pack_key, read_array
from runtime.tables.representation import (
    BuiltTable,
    Partition,
    Rows,
    Scan,
    stored_bytes,
    word_bytes,
)


def confirm_table(table: Table, built: BuiltTable) -> None:
    """Assert that `built` answers exactly what `table` says."""
    match built.representation:
        case Partition() as partition:
            _confirm_partition(table, partition, built.data)
        case Rows() as rows:
            _confirm_rows(table, rows, built.data)
        case Scan() as scan:
            _confirm_scan(table, scan, built.data)


def _confirm_partition(table: Table, partition: Partition, data: bytes) -> None:
    starts = read_array(data, 0, stored_bytes(partition.key), partition.size)
    values = read_array(data, partition.values, stored_bytes(partition.value), partition.size)
    _confirm_size(partition.size, partition.values + partition.size * stored_bytes(partition.value), data)
    assert starts[0] == 0, "a partition covers the key space"
    assert all(low <= high for low, high in pairwise(starts)), "a partition is sorted"
    answer = _make_reference(table)
    for key in _list_boundaries(table, starts):
        found = values[bisect_right(starts, key) - 1]
        assert found == answer(key), f"table {table.name} answers {found} for {key}"


def _list_boundaries(table: Table, starts: list[int]) -> Iterator[int]:
    """Return every key at which the bytes or the abstract map may begin to answer something else."""
    maximum = table.keys[0].maximum
    keys = {0, maximum}
    for start in starts:
        keys.update((start - 1, start, start + 1))
    for entry in table.entries:
        low, high = entry.low[0], entry.high[0]
        keys.update((low - 1, low, low + 1, high - 1, high, high + 1))
    return (key for key in keys if 0 <= key <= maximum)


def _make_reference(table: Table) -> Callable[[int], int]:
    """Return the abstract map of a one-column table as a function, made without flattening it."""
    if table.kind == "range":
        entries = sorted(table.entries, key=lambda entry: entry.low)
        lows = [entry.low[0] for entry in entries]

        def find_range(key: int) -> int:
            entry = entries[bisect_right(lows, key) - 1] if lows else None
            inside = entry is not None and entry.low[0] <= key <= entry.high[0]
            return entry.value if entry is not None and inside else table.default

        return find_range
    blocks: dict[int, dict[int, int]] = {}
    for entry in table.entries:
        blocks.setdefault(entry.high[0] - entry.low[0], {})[entry.low[0]] = entry.value
    by_size = sorted(blocks.items())

    def find_block(key: int) -> int:
        found = (block[key & ~mask] for mask, block in by_size if key & ~mask in block)
        return next(found, table.default)

    return find_block


def _confirm_rows(table: Table, rows: Rows, data: bytes) -> None:
    columns: list[list[int]] = []
    offset = 0
    for word in rows.words:
        columns.append(read_array(data, offset, word_bytes(word), rows.size))
        offset += rows.size * word_bytes(word)
    keys = list(zip(*columns, strict=True))
    values = read_array(data, rows.values, stored_bytes(rows.value), rows.size)
    _confirm_size(rows.size, rows.values + rows.size * stored_bytes(rows.value), data)
    assert rows.values == offset, "values follow the words"
    assert rows.default == table.default, "a table's default"
    assert sum(rows.words, ()) == table.keys, "words hold the columns in order"
    assert all(low <= high for low, high in pairwise(keys)), "rows are sorted"
    wanted = {pack_key(rows.words, entry.low): entry.value for entry in table.entries}
    found = dict(zip(keys, values))
    assert all(found[key] == value for key, value in zip(keys, values)), "equal rows have equal values"
    if not wanted:
        wanted = {keys[0]: table.default}
    assert found == wanted, f"table {table.name} holds other rows than its entries"


def _confirm_scan(table: Table, scan: Scan, data: bytes) -> None:
    lows: list[list[int]] = []
    highs: list[list[int]] = []
    offset = 0
    for key in scan.keys:
        width = stored_bytes(key)
        lows.append(read_array(data, offset, width, scan.size))
        highs.append(read_array(data, offset + scan.size * width, width, scan.size))
        offset += 2 * scan.size * width
    values = read_array(data, scan.values, stored_bytes(scan.value), scan.size)
    _confirm_size(scan.size, scan.values + scan.size * stored_bytes(scan.value), data)
    assert scan.values == offset, "values follow the boxes"
    assert scan.default == table.default, "a table's default"
    assert scan.keys == table.keys, "a box has every column"
    boxes = [
        Entry(low, high, value)
        for low, high, value in zip(zip(*lows, strict=True), zip(*highs, strict=True), values, strict=True)
    ]
    real = [box for box in boxes if all(low <= high for low, high in zip(box.low, box.high))]
    assert sorted(real, key=_entry_key) == sorted(table.entries, key=_entry_key), "the boxes are the entries"
    volumes = [_count_keys(box) for box in real]
    assert volumes == sorted(volumes), "more specific boxes come first"


def _entry_key(entry: Entry) -> tuple[tuple[int, ...], tuple[int, ...], int]:
    return entry.low, entry.high, entry.value


def _count_keys(box: Entry) -> int:
    count = 1
    for low, high in zip(box.low, box.high, strict=True):
        count *= high - low + 1
    return count


def _confirm_size(size: int, end: int, data: bytes) -> None:
    assert size > 0, "a table has room for an answer"
    assert size & (size - 1) == 0, "the search takes the same steps for every key"
    assert end == len(data), "the data ends with the values"
