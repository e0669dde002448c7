"""Read table bytes back: what generated code must answer, in Python.

In: a `BuiltTable` and a key. Out: the value. `read_table` is the meaning of each representation, step for
step as the generated code does it, so that the two can be compared.
"""

from __future__ import annotations

import struct

from runtime.ir.nodes import Type
from runtime.tables.representation import (
    BuiltTable,
    Partition,
    Rows,
    Scan,
    stored_bytes,
    word_bytes,
)

NUMBER_FORMATS = {1: "B", 2: "H", 4: "I", 8: "Q"}
"""What `struct` calls a number of so many bytes."""


def read_table(built: BuiltTable, key: tuple[int, ...]) -> int:
    """Return what the bytes of `built` answer for `key`."""
    match built.representation:
        case Partition() as partition:
            return _read_partition(partition, built.data, key[0])
        case Rows() as rows:
            return _read_rows(rows, built.data, key)
        case Scan() as scan:
            return _read_scan(scan, built.data, key)


def read_array(data: bytes, offset: int, size: int, count: int) -> list[int]:
    """Return the `count` little-endian numbers of `size` bytes at `offset`."""
    return list(struct.unpack_from(f"<{count}{NUMBER_FORMATS[size]}", data, offset))


def _read_partition(partition: Partition, data: bytes, key: int) -> int:
    width = stored_bytes(partition.key)
    base, step = 0, partition.size // 2
    while step:
        if _number(data, (base + step) * width, width) <= key:
            base += step
        step //= 2
    width = stored_bytes(partition.value)
    return _number(data, partition.values + base * width, width)


def _read_rows(rows: Rows, data: bytes, key: tuple[int, ...]) -> int:
    wanted = pack_key(rows.words, key)
    base, step = 0, rows.size // 2
    while step:
        if _row(rows, data, base + step) <= wanted:
            base += step
        step //= 2
    width = stored_bytes(rows.value)
    found = _row(rows, data, base) == wanted
    return _number(data, rows.values + base * width, width) if found else rows.default


def _read_scan(scan: Scan, data: bytes, key: tuple[int, ...]) -> int:
    for index in range(scan.size):
        box = _box(scan, data, index)
        if all(low <= number <= high for number, (low, high) in zip(key, box, strict=True)):
            width = stored_bytes(scan.value)
            return _number(data, scan.values + index * width, width)
    return scan.default


def _row(rows: Rows, data: bytes, index: int) -> tuple[int, ...]:
    numbers: list[int] = []
    offset = 0
    for columns in rows.words:
        width = word_bytes(columns)
        numbers.append(_number(data, offset + index * width, width))
        offset += rows.size * width
    return tuple(numbers)


def _box(scan: Scan, data: bytes, index: int) -> list[tuple[int, int]]:
    box: list[tuple[int, int]] = []
    offset = 0
    for key in scan.keys:
        width = stored_bytes(key)
        low = _number(data, offset + index * width, width)
        high = _number(data, offset + (scan.size + index) * width, width)
        box.append((low, high))
        offset += 2 * scan.size * width
    return box


def pack_key(words: tuple[tuple[Type, ...], ...], key: tuple[int, ...]) -> tuple[int, ...]:
    """Pack the columns of `key` into words, most significant column first."""
    packed: list[int] = []
    columns = iter(key)
    for word in words:
        number = 0
        for column in word:
            number = number << column.bits | next(columns)
        packed.append(number)
    return tuple(packed)


def _number(data: bytes, offset: int, width: int) -> int:
    return int.from_bytes(data[offset : offset + width], "little")
