"""Exact tables: sorted rows, found by binary search. What is left when nothing faster may be used.

    words 0: `size` numbers    words 1: `size` numbers ...    values: `size` answers

Rows ascend in lexicographic order of their words. The answer is `values[i]` for the last row i that is <= the
key, if its words equal the key's, else the default. The last row is repeated until `size` is a power of two.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from runtime.ir.builder import Builder
from runtime.ir.nodes import Table, Type, Value
from runtime.tables.words import (
    Words,
    group_columns,
    pack_key,
    pack_numbers,
    round_up,
    stored_bytes,
    unpack_numbers,
    word_bytes,
    word_type,
    write_element,
    write_equal,
    write_words,
)


@dataclass(frozen=True, slots=True)
class Rows:
    """What the code depends on.

    Args:
        words: how the key columns are packed.
        value: type of the answers.
        default: the answer when no row has the key.
        size: rows, a power of two.
    """

    words: Words
    value: Type
    default: int
    size: int

    @property
    def values(self) -> int:
        """Offset of the answers."""
        return self.size * sum(map(word_bytes, self.words))

    @property
    def bytes(self) -> int:
        """Bytes of the table."""
        return self.values + self.size * stored_bytes(self.value)

    @property
    def nanoseconds(self) -> float:
        """Each step compares every word, and waits for the loads of the one before."""
        return 0.4 + 0.3 * len(self.words) + 1.1 * len(self.words) * (self.size.bit_length() - 1)

    def describe(self) -> str:
        """Return the choice in a few words."""
        return f"binary search among {self.size} rows, {self.size.bit_length() - 1} steps and a comparison"


def plan_rows(table: Table) -> Rows:
    """Return the rows that `table`, which is exact and has entries, takes."""
    return Rows(group_columns(table.keys), table.value, table.default, round_up(len(table.entries)))


def build_rows(table: Table, rows: Rows) -> bytes:
    """Return the bytes of `table`."""
    filled = sorted((pack_key(rows.words, entry.low), entry.value) for entry in table.entries)
    filled += filled[-1:] * (rows.size - len(filled))
    columns = [
        pack_numbers(word_bytes(columns), [key[index] for key, _ in filled])
        for index, columns in enumerate(rows.words)
    ]
    return b"".join(columns) + pack_numbers(stored_bytes(rows.value), [value for _, value in filled])


def write_rows(builder: Builder, rows: Rows, region: str, base: int, keys: Sequence[Value]) -> Value:
    """Append the lookup of `keys` in the table at `base`."""
    wanted = write_words(builder, rows.words, keys)
    index, step = builder.constant(Type.U64, 0), rows.size // 2
    while step:
        probe = builder.binary("add", index, builder.constant(Type.U64, step))
        before = _write_order(builder, _write_row(builder, rows, region, base, probe), wanted)
        index = builder.select(before, probe, index)
        step //= 2
    found: Value | None = None
    for stored, number in zip(_write_row(builder, rows, region, base, index), wanted, strict=True):
        found = write_equal(builder, found, stored, number)
    assert found is not None, "a key has a word"
    value = write_element(builder, rows.value, region, index, stored_bytes(rows.value), base + rows.values)
    return builder.select(found, value, builder.constant(rows.value, rows.default))


def _write_row(builder: Builder, rows: Rows, region: str, base: int, index: Value) -> tuple[Value, ...]:
    """Append the loads of the words of row `index`."""
    words: list[Value] = []
    for columns in rows.words:
        width = word_bytes(columns)
        words.append(write_element(builder, word_type(columns), region, index, width, base))
        base += rows.size * width
    return tuple(words)


def _write_order(builder: Builder, left: Sequence[Value], right: Sequence[Value]) -> Value:
    """Append `left` <= `right` in lexicographic order.

    (a, b) <= (c, d)    is    a < c or a == c and b <= d
    """
    answer = builder.compare("ule", left[-1], right[-1])
    for first, second in zip(left[-2::-1], right[-2::-1], strict=True):
        tail = builder.binary("and", builder.compare("eq", first, second), answer)
        answer = builder.binary("or", builder.compare("ult", first, second), tail)
    return answer


def confirm_rows(table: Table, rows: Rows, data: bytes) -> None:
    """Assert that `data` answers exactly what `table` says: its rows are the entries, in order."""
    assert sum(rows.words, ()) == table.keys, "words hold the columns in order"
    assert rows.default == table.default, "a table's default"
    assert rows.size & (rows.size - 1) == 0, "the search takes the same steps for every key"
    assert len(data) == rows.bytes, "the data ends with the answers"
    columns: list[list[int]] = []
    offset = 0
    for word in rows.words:
        columns.append(unpack_numbers(data, offset, word_bytes(word), rows.size))
        offset += rows.size * word_bytes(word)
    keys = list(zip(*columns, strict=True))
    values = unpack_numbers(data, offset, stored_bytes(rows.value), rows.size)
    assert all(low <= high for low, high in pairwise(keys)), "rows are sorted"
    found = dict(zip(keys, values, strict=True))
    assert all(found[key] == value for key, value in zip(keys, values, strict=True)), "equal rows agree"
    wanted = {pack_key(rows.words, entry.low): entry.value for entry in table.entries}
    assert found == wanted, f"table {table.name} holds other rows than its entries"
