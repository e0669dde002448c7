"""How a table may lie in memory: one dataclass for each representation, and the bytes that it describes.

Code generation reads only the representation (shapes and sizes), never the bytes: two tables with equal
representations have equal code. All numbers are little-endian; u1 takes one byte. Arrays follow one another
without padding, each at the offset named in the representation, from the table's first byte.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from runtime.ir.nodes import Type


@dataclass(frozen=True, slots=True)
class Partition:
    """One key column: the key space cut into `size` intervals, found by binary search.

        starts: size keys, ascending, the first 0     values: size values

    The answer is `values[i]` for the last i with `starts[i] <= key`. The last interval is repeated until
    `size` is a power of two, so that the search takes the same log2(size) steps for every key.

    Args:
        key: type of the key column.
        value: type of the values.
        size: intervals, a power of two.
        values: offset of the values.
    """

    key: Type
    value: Type
    size: int
    values: int


@dataclass(frozen=True, slots=True)
class Rows:
    """Several key columns, exact: sorted rows, found by binary search.

        words 0: size numbers    words 1: size numbers ...    values: size values

    A row's key columns are packed into words of 64 bits, most significant column first; rows ascend in
    lexicographic order of their words. The answer is `values[i]` for the last row i that is <= the key, if
    its words equal the key's, else `default`. The last row is repeated until `size` is a power of two.

    Args:
        words: for each word, the types of the columns in it.
        value: type of the values.
        default: the answer when no row has the key.
        size: rows, a power of two.
        values: offset of the values.
    """

    words: tuple[tuple[Type, ...], ...]
    value: Type
    default: int
    size: int
    values: int


@dataclass(frozen=True, slots=True)
class Scan:
    """Several key columns, range or prefix: boxes, tried one after another.

        lows 0: size keys    highs 0: size keys    lows 1 ...    values: size values

    The answer is `values[i]` for the first box i with low <= key <= high in every column, else `default`.
    More specific boxes come first. Boxes that hold no key (low 1, high 0) fill up to a power of two.

    Args:
        keys: types of the key columns.
        value: type of the values.
        default: the answer when no box has the key.
        size: boxes, a power of two.
        values: offset of the values.
    """

    keys: tuple[Type, ...]
    value: Type
    default: int
    size: int
    values: int


Representation: TypeAlias = Partition | Rows | Scan


@dataclass(frozen=True, slots=True)
class BuiltTable:
    """A table in memory form: `data` lies as `representation` says."""

    representation: Representation
    data: bytes


def stored_bytes(type_: Type) -> int:
    """Bytes that one number of this type takes in table data."""
    return max(1, type_.bytes)


def word_bytes(columns: tuple[Type, ...]) -> int:
    """Bytes that one word of packed columns takes: 1, 2, 4 or 8."""
    bits = sum(column.bits for column in columns)
    return next(size for size in (1, 2, 4, 8) if bits <= size * 8)
