"""Lookups in open tables as functions of their own: one key in, and many keys in a row."""

from __future__ import annotations

import random
import struct
from collections.abc import Callable, Sequence

import numpy as np

from runtime.ir.builder import Builder
from runtime.ir.interpret import prepare_function
from runtime.ir.nodes import Function, Parameter, Region, Table, Type, Value
from runtime.policy import Policy, RegionGrant
from runtime.tables.epochs import ReaderEpochs
from runtime.tables.memory import TableMemory
from runtime.tables.open_dense import OpenDense, write_open_dense
from runtime.tables.open_hash import OpenHash, plan_open_hash, write_open_hash
from runtime.tables.open_hash_columns import Numbers
from runtime.tables.open_hash_table import OpenHashTable

Key = tuple[int, ...]

KINDS: dict[str, tuple[tuple[Type, ...], Type, int]] = {
    "flow": ((Type.U32, Type.U32, Type.U16, Type.U16), Type.U32, 0),
    "address": ((Type.U32,), Type.U32, 0),
    "word": ((Type.U64,), Type.U32, 0),
    "ipv6": ((Type.U64, Type.U64, Type.U64, Type.U64, Type.U16, Type.U16), Type.U32, 0),
    "default": ((Type.U16, Type.U64), Type.U8, 7),
    "large": ((Type.U8, Type.U8), Type.U64, 0),
}


def make_layout(name: str, rows: int = 512) -> OpenHash:
    keys, value, default = KINDS[name]
    return plan_open_hash(Table("table", "exact", keys, value, default, (), True), rows)


def make_table(layout: OpenHash, seed: int = 0, base: int = 0) -> OpenHashTable:
    memory = TableMemory(base + layout.bytes)
    return OpenHashTable(layout, memory, base, ReaderEpochs(), random.Random(seed))


def make_columns(keys: Sequence[Key], width: int) -> list[Numbers]:
    return [np.array([key[index] for key in keys], np.uint64) for index in range(width)]


def make_answers(answers: Sequence[int]) -> Numbers:
    return np.array(answers, np.uint64)


def list_keys(layout: OpenHash) -> tuple[Type, ...]:
    return tuple(column for word in layout.words for column in word)


def make_lookup(layout: OpenHash | OpenDense, base: int = 0) -> Function:
    """One key as parameters; the answer is returned."""
    keys = list_keys(layout) if isinstance(layout, OpenHash) else (layout.key,)
    regions = (Region("table", "read", base + layout.bytes, constant=True),)
    parameters = tuple(Parameter(f"k{index}", type_) for index, type_ in enumerate(keys))
    builder = Builder("lookup", regions, parameters, (layout.value,))
    builder.return_(_write(builder, layout, base, [Value(index) for index in range(len(keys))]))
    return builder.finish()


def make_loop(layout: OpenHash, count: int) -> Function:
    """`count` keys, little-endian columns one after another, in a region; the answers go to another."""
    keys = list_keys(layout)
    stride = sum(key.bytes for key in keys)
    regions = (
        Region("keys", "read", stride * count, constant=True),
        Region("answers", "read_write", layout.value.bytes * count, constant=True),
        Region("table", "read", layout.bytes, constant=True),
    )
    builder = Builder("lookups", regions, (), (Type.U32,))
    loop = builder.for_(builder.constant(Type.U64, count), count)
    offset = builder.binary("mul", loop.index, builder.constant(Type.U64, stride))
    values: list[Value] = []
    for key in keys:
        values.append(builder.load(key, "keys", offset, "be" if key is Type.U8 else "le"))
        offset = builder.binary("add", offset, builder.constant(Type.U64, key.bytes))
    answer = _write(builder, layout, 0, values)
    place = builder.binary("mul", loop.index, builder.constant(Type.U64, layout.value.bytes))
    builder.store("answers", place, answer, "be" if layout.value is Type.U8 else "le")
    builder.next_()
    builder.end()
    builder.return_(builder.constant(Type.U32, 0))
    return builder.finish()


def make_policy(function: Function) -> Policy:
    """What lets `function` do what it does."""
    regions = tuple(RegionGrant(each.name, each.rights, each.maximum, True) for each in function.regions)
    parameters = tuple(parameter.type for parameter in function.parameters)
    return Policy("test", regions, parameters, function.results, (), 0, (), True, 1 << 24)


def interpret_lookup(layout: OpenHash | OpenDense, view: memoryview, base: int = 0) -> Callable[[Key], int]:
    """Return the lookup in the bytes `view`, as the interpreter does it."""
    prepared = prepare_function(make_lookup(layout, base))
    return lambda key: prepared.run({"table": view}, key).results[0]


def pack_keys(layout: OpenHash, keys: Sequence[Key]) -> bytes:
    """Return the region `keys` of `make_loop`."""
    formats = "".join({1: "B", 2: "H", 4: "I", 8: "Q"}[key.bytes] for key in list_keys(layout))
    return b"".join(struct.pack("<" + formats, *key) for key in keys)


def _write(builder: Builder, layout: OpenHash | OpenDense, base: int, keys: Sequence[Value]) -> Value:
    if isinstance(layout, OpenDense):
        return write_open_dense(builder, layout, "table", base, keys)
    return write_open_hash(builder, layout, "table", base, keys)
