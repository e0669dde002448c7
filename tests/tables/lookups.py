"""Functions that ask one table, in every engine: what the tests of representations have in common."""

from __future__ import annotations

import random

from runtime.codegen.emit import emit_code
from runtime.ir.builder import Builder
from runtime.ir.interpret import prepare_function
from runtime.ir.nodes import Entry, Function, Parameter, Table, Type, Value
from runtime.ir.table_map import TableMap
from runtime.load.native import NativeFunction, load_native
from runtime.opt.optimize import optimize_function
from runtime.tables.layout import Place, TableBlock
from runtime.tables.representation import Closed, build_bytes, confirm_bytes
from runtime.tables.specialize import specialize_tables
from runtime.validate.judge import validate_code

Key = tuple[int, ...]


def make_question(table: Table) -> Function:
    """Return the function of one key that answers what `table` does."""
    parameters = tuple(Parameter(f"key{column}", type_) for column, type_ in enumerate(table.keys))
    builder = Builder("ask", parameters=parameters, results=(table.value,), tables=(table,))
    builder.return_(builder.lookup(table.name, *[Value(column) for column in range(len(table.keys))]))
    return builder.finish()


def represent(table: Table, representation: Closed) -> tuple[Function, bytes]:
    """Return the question specialized for `representation`, and the table's bytes, confirmed."""
    data = build_bytes(table, representation)
    assert len(data) == representation.bytes
    confirm_bytes(table, representation, data)
    place = Place(table.name, 0, representation)
    return specialize_tables(make_question(table), TableBlock((place,), data, len(data))), data


def interpret_question(function: Function, data: bytes) -> TableMap:
    """Return the specialized question as a map, asked in the interpreter."""
    prepared = prepare_function(function)
    regions = {region.name: data for region in function.regions}
    return lambda key: prepared.run(regions, key).results[0]


def load_question(function: Function, data: bytes) -> NativeFunction:
    """Return the specialized question as native code, accepted by the validator."""
    optimized = optimize_function(function)
    machine_code = emit_code(optimized)
    report = validate_code(machine_code.code, optimized, machine_code.entry)
    assert not report.slow or len(function.parameters) > 1, "one word needs no z3"
    return load_native(optimized, machine_code, data)


def pick_keys(table: Table, chance: random.Random, count: int) -> list[Key]:
    """Return keys at the ends of entries, just outside, and anywhere; those of all ends if `count` allows."""
    keys: list[Key] = [tuple(0 for _ in table.keys), tuple(type_.maximum for type_ in table.keys)]
    ends: list[Key] = [end for entry in table.entries for end in (entry.low, entry.high)]
    for end in ends if 3 * len(ends) <= count else chance.choices(ends, k=count // 3):
        keys.append(end)
        keys.append(_clip(table, [number + chance.choice((-1, 0, 1)) for number in end]))
    while len(keys) < count:
        keys.append(tuple(chance.randrange(type_.maximum + 1) for type_ in table.keys))
    return keys


def _clip(table: Table, key: list[int]) -> Key:
    return tuple(min(max(0, number), type_.maximum) for number, type_ in zip(key, table.keys, strict=True))


def make_exact(chance: random.Random, keys: tuple[Type, ...], count: int, value: Type = Type.U32) -> Table:
    """Return an exact table with `count` random rows, or as many as there are."""
    space = 1
    for type_ in keys:
        space *= type_.maximum + 1
    rows: set[Key] = set()
    while len(rows) < min(count, space):
        rows.add(tuple(chance.randrange(type_.maximum + 1) for type_ in keys))
    entries = tuple(Entry(key, key, chance.randrange(value.maximum + 1)) for key in sorted(rows))
    return Table("t", "exact", keys, value, chance.choice((0, value.maximum)), entries)


def make_ranges(chance: random.Random, key: Type, count: int, value: Type = Type.U32) -> Table:
    """Return a range table with about `count` random entries that do not meet."""
    ends = sorted({chance.randrange(key.maximum + 1) for _ in range(2 * count)})
    entries = tuple(
        Entry((low,), (high,), chance.randrange(value.maximum + 1))
        for low, high in zip(ends[::2], ends[1::2], strict=False)
    )
    return Table("t", "range", (key,), value, 0, entries)


def make_prefixes(chance: random.Random, key: Type, count: int, value: Type = Type.U32) -> Table:
    """Return a prefix table with about `count` blocks, many inside others."""
    blocks: dict[tuple[int, int], int] = {}
    start = chance.randrange(key.maximum + 1)
    for _ in range(count):
        free = chance.randrange(key.bits + 1)
        near = start ^ chance.randrange(1 << chance.randrange(key.bits + 1))
        blocks[near >> free << free, near | (1 << free) - 1] = chance.randrange(value.maximum + 1)
    entries = tuple(Entry((low,), (high,), answer) for (low, high), answer in blocks.items())
    return Table("t", "prefix", (key,), value, 1, entries)


def make_boxes(chance: random.Random, keys: tuple[Type, ...], count: int, value: Type = Type.U32) -> Table:
    """Return a `first` table with `count` boxes that meet as they like."""
    entries: list[Entry] = []
    for _ in range(count):
        ends = [sorted(chance.randrange(type_.maximum + 1) for _ in range(2)) for type_ in keys]
        low, high = tuple(pair[0] for pair in ends), tuple(pair[1] for pair in ends)
        entries.append(Entry(low, high, chance.randrange(value.maximum + 1)))
    return Table("t", "first", keys, value, 0, tuple(entries))
