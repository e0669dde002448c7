"""Keys as words: how the columns of a key are packed, in bytes, in Python and in IR.

Tables with several columns compare whole words of up to 64 bits. Neighbouring columns share a word, most
significant first, so that words ascend as keys do. All numbers in table bytes are little-endian; a u1 takes
one byte, a word of 40 bits eight.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import TypeAlias

from runtime.ir.builder import Builder
from runtime.ir.nodes import Type, Value

Words: TypeAlias = tuple[tuple[Type, ...], ...]
"""For each word, the types of the columns in it."""

NUMBER_FORMATS = {1: "B", 2: "H", 4: "I", 8: "Q"}
"""What `struct` calls a number of so many bytes."""

_TYPES = {1: Type.U8, 2: Type.U16, 4: Type.U32, 8: Type.U64}


def stored_bytes(type_: Type) -> int:
    """Bytes that one number of this type takes in table data."""
    return max(1, type_.bytes)


def stored_type(type_: Type) -> Type:
    """Return the type that a number of `type_` is loaded as."""
    return _TYPES[stored_bytes(type_)]


def word_bits(columns: tuple[Type, ...]) -> int:
    """Return how many bits of a word are used."""
    return sum(column.bits for column in columns)


def word_bytes(columns: tuple[Type, ...]) -> int:
    """Bytes that one word of packed columns takes: 1, 2, 4 or 8."""
    return next(size for size in (1, 2, 4, 8) if word_bits(columns) <= size * 8)


def word_type(columns: tuple[Type, ...]) -> Type:
    """Return the type that a word is loaded as."""
    return _TYPES[word_bytes(columns)]


def group_columns(keys: tuple[Type, ...]) -> Words:
    """Group neighbouring columns into words of at most 64 bits."""
    words: list[tuple[Type, ...]] = [()]
    for key in keys:
        if word_bits(words[-1]) + key.bits > 64:
            words.append(())
        words[-1] += (key,)
    return tuple(words)


def pack_key(words: Words, key: Sequence[int]) -> tuple[int, ...]:
    """Pack the columns of `key` into words."""
    packed: list[int] = []
    columns = iter(key)
    for word in words:
        number = 0
        for column in word:
            number = number << column.bits | next(columns)
        packed.append(number)
    return tuple(packed)


def write_words(builder: Builder, words: Words, keys: Sequence[Value]) -> tuple[Value, ...]:
    """Append what packs the columns `keys`; each value has its word's `word_type`."""
    operands = iter(keys)
    packed: list[Value] = []
    for columns in words:
        type_ = word_type(columns)
        word = write_wide(builder, next(operands), columns[0], type_)
        for column in columns[1:]:
            part = write_wide(builder, next(operands), column, type_)
            shifted = builder.binary("shl", word, builder.constant(type_, column.bits))
            word = builder.binary("or", shifted, part)
        packed.append(word)
    return tuple(packed)


def write_wide(builder: Builder, value: Value, type_: Type, wanted: Type) -> Value:
    """Return `value` of `type_` as a number of type `wanted`, which is at least as wide."""
    return value if type_ is wanted else builder.convert(wanted, value)


def write_element(builder: Builder, type_: Type, region: str, index: Value, size: int, offset: int) -> Value:
    """Append the load of a number of `type_` at `offset` + `index` * `size`; `size` is a power of two."""
    if size > 1:
        index = builder.binary("shl", index, builder.constant(Type.U64, size.bit_length() - 1))
    if offset:
        index = builder.binary("add", index, builder.constant(Type.U64, offset))
    value = builder.load(stored_type(type_), region, index, "be" if stored_bytes(type_) == 1 else "le")
    return value if stored_type(type_) is type_ else builder.convert(type_, value)


def write_equal(builder: Builder, before: Value | None, first: Value, second: Value) -> Value:
    """Append that `first` == `second` and, if there is one, `before`."""
    equal = builder.compare("eq", first, second)
    return equal if before is None else builder.binary("and", before, equal)


def pack_numbers(size: int, numbers: Sequence[int]) -> bytes:
    """Return `numbers`, `size` bytes each."""
    return struct.pack(f"<{len(numbers)}{NUMBER_FORMATS[size]}", *numbers)


def unpack_numbers(data: bytes, offset: int, size: int, count: int) -> list[int]:
    """Return the `count` numbers of `size` bytes at `offset`."""
    return list(struct.unpack_from(f"<{count}{NUMBER_FORMATS[size]}", data, offset))


def make_slot_form(words: Words, value: Type, stride: int) -> struct.Struct:
    """Return how a slot of `stride` bytes is packed: the words of a key, its answer, padding."""
    sizes = [*map(word_bytes, words), stored_bytes(value)]
    numbers = "".join(NUMBER_FORMATS[size] for size in sizes)
    return struct.Struct(f"<{numbers}{stride - sum(sizes)}x")


def round_up(count: int) -> int:
    """Return the smallest power of two that is at least `count`, which is positive."""
    return 1 << (count - 1).bit_length()
