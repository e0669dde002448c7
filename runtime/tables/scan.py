"""Several key columns that are ranges, few entries: boxes, tried one after another.

    box:  low 0, high 0, low 1, high 1 ..., answer      each number at its own size, boxes one after another

The answer is that of the first box with low <= key <= high in every column, else the default. Of two entries
that hold one key, the one that wins comes first.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from runtime.ir.builder import Builder
from runtime.ir.nodes import Entry, Table, Type, Value
from runtime.tables.flatten import rank_entries
from runtime.tables.reference import confirm_order
from runtime.tables.words import pack_numbers, stored_bytes, stored_type, unpack_numbers, write_wide


@dataclass(frozen=True, slots=True)
class Scan:
    """What the code depends on.

    Args:
        keys: types of the key columns.
        value: type of the answers.
        default: the answer when no box has the key.
        size: boxes.
    """

    keys: tuple[Type, ...]
    value: Type
    default: int
    size: int

    @property
    def stride(self) -> int:
        """Bytes of one box."""
        return 2 * sum(map(stored_bytes, self.keys)) + stored_bytes(self.value)

    @property
    def bytes(self) -> int:
        """Bytes of the table."""
        return self.size * self.stride

    @property
    def nanoseconds(self) -> float:
        """The loop ends at the box that has the key, which is a branch that the processor cannot foresee."""
        return 4 + 0.3 * self.size * len(self.keys)

    def describe(self) -> str:
        """Return the choice in a few words."""
        return f"{self.size} boxes, tried one after another"


def plan_scan(table: Table) -> Scan:
    """Return the scan that `table` takes."""
    return Scan(table.keys, table.value, table.default, len(table.entries))


def build_scan(table: Table, scan: Scan) -> bytes:
    """Return the bytes of `table`."""
    parts: list[bytes] = []
    for box in rank_entries(table):
        for type_, low, high in zip(scan.keys, box.low, box.high, strict=True):
            parts.append(pack_numbers(stored_bytes(type_), (low, high)))
        parts.append(pack_numbers(stored_bytes(scan.value), (box.value,)))
    return b"".join(parts)


def write_scan(builder: Builder, scan: Scan, region: str, base: int, keys: Sequence[Value]) -> Value:
    """Append a loop over the boxes, which goes on while the key was in none."""
    count = builder.constant(Type.U64, scan.size)
    loop = builder.for_(count, scan.size, (builder.constant(scan.value, scan.default),))
    start = builder.binary("mul", loop.index, builder.constant(Type.U64, scan.stride))
    outside: Value | None = None
    offset = base
    for type_, key in zip(scan.keys, keys, strict=True):
        wanted = write_wide(builder, key, type_, stored_type(type_))
        low = _write_number(builder, type_, region, start, offset)
        high = _write_number(builder, type_, region, start, offset + stored_bytes(type_))
        offset += 2 * stored_bytes(type_)
        for test in (builder.compare("ult", wanted, low), builder.compare("ult", high, wanted)):
            outside = test if outside is None else builder.binary("or", outside, test)
    assert outside is not None, "a table has a key column"
    value = _write_number(builder, scan.value, region, start, offset)
    if scan.value is Type.U1:
        value = builder.convert(Type.U1, value)
    builder.next_(builder.select(outside, loop.carried[0], value), condition=outside)
    return builder.end()[0]


def _write_number(builder: Builder, type_: Type, region: str, start: Value, offset: int) -> Value:
    """Append the load of a number of `type_`, `offset` bytes behind `start`."""
    place = builder.binary("add", start, builder.constant(Type.U64, offset)) if offset else start
    return builder.load(stored_type(type_), region, place, "be" if stored_bytes(type_) == 1 else "le")


def confirm_scan(table: Table, scan: Scan, data: bytes) -> None:
    """Assert that `data` answers exactly what `table` says: the boxes are the entries, in order."""
    assert scan.keys == table.keys, "a box has every column"
    assert scan.default == table.default, "a table's default"
    assert len(data) == scan.bytes, "the data ends with the last box"
    boxes = [_read_box(scan, data, index * scan.stride) for index in range(scan.size)]
    confirm_order(table, boxes)


def _read_box(scan: Scan, data: bytes, offset: int) -> Entry:
    lows: list[int] = []
    highs: list[int] = []
    for type_ in scan.keys:
        width = stored_bytes(type_)
        low, high = unpack_numbers(data, offset, width, 2)
        lows.append(low)
        highs.append(high)
        offset += 2 * width
    (value,) = unpack_numbers(data, offset, stored_bytes(scan.value), 1)
    return Entry(tuple(lows), tuple(highs), value)
