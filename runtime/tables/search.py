"""One key column, any kind: the key space cut into intervals, found by binary search.

    starts: `size` keys, ascending, the first 0     values: `size` answers

The answer is `values[i]` for the last i with `starts[i] <= key`. The last interval is repeated until `size`
is a power of two, so that the search takes the same log2(size) steps for every key: it is unrolled, and no
branch depends on the key.

    size 4, key k:   a = starts[2] <= k ? 2 : 0     b = starts[a + 1] <= k ? a + 1 : a     values[b]
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from runtime.ir.builder import Builder
from runtime.ir.nodes import Table, Type, Value
from runtime.tables.flatten import Pairs, flatten_entries
from runtime.tables.reference import confirm_pieces
from runtime.tables.words import (
    pack_numbers,
    round_up,
    stored_bytes,
    stored_type,
    unpack_numbers,
    write_element,
    write_wide,
)


@dataclass(frozen=True, slots=True)
class Search:
    """What the code depends on.

    Args:
        key: type of the key column.
        value: type of the answers.
        size: intervals, a power of two.
    """

    key: Type
    value: Type
    size: int

    @property
    def values(self) -> int:
        """Offset of the answers."""
        return self.size * stored_bytes(self.key)

    @property
    def bytes(self) -> int:
        """Bytes of the table."""
        return self.values + self.size * stored_bytes(self.value)

    @property
    def nanoseconds(self) -> float:
        """Each step waits for the load of the one before, but lookups overlap."""
        return 0.5 + 0.5 * (self.size.bit_length() - 1)

    def describe(self) -> str:
        """Return the choice in a few words."""
        return f"binary search among {self.size} intervals, {self.size.bit_length() - 1} steps"


def plan_search(table: Table, pairs: Pairs) -> Search:
    """Return the search that `table`, flattened to `pairs`, takes."""
    return Search(table.keys[0], table.value, round_up(len(pairs)))


def build_search(table: Table, search: Search) -> bytes:
    """Return the bytes of `table`."""
    pairs = flatten_entries(table)
    pairs += pairs[-1:] * (search.size - len(pairs))
    starts = pack_numbers(stored_bytes(search.key), [start for start, _ in pairs])
    return starts + pack_numbers(stored_bytes(search.value), [value for _, value in pairs])


def write_search(builder: Builder, search: Search, region: str, base: int, keys: Sequence[Value]) -> Value:
    """Append the lookup of the one key in the table at `base`."""
    width, type_ = stored_bytes(search.key), stored_type(search.key)
    wanted = write_wide(builder, keys[0], search.key, type_)
    found, step = builder.constant(Type.U64, 0), search.size // 2
    while step:
        probe = builder.binary("add", found, builder.constant(Type.U64, step))
        start = write_element(builder, type_, region, probe, width, base)
        found = builder.select(builder.compare("ule", start, wanted), probe, found)
        step //= 2
    return write_element(
        builder, search.value, region, found, stored_bytes(search.value), base + search.values
    )


def confirm_search(table: Table, search: Search, data: bytes) -> None:
    """Assert that `data` answers exactly what `table` says.

    It answers one value from each start to the next, so it stands for intervals that can be compared.
    """
    assert (search.key,) == table.keys, "a search has one key column"
    assert search.size & (search.size - 1) == 0, "the search takes the same steps for every key"
    assert len(data) == search.bytes, "the data ends with the answers"
    starts = unpack_numbers(data, 0, stored_bytes(search.key), search.size)
    values = unpack_numbers(data, search.values, stored_bytes(search.value), search.size)
    confirm_pieces(table, starts, values)
