"""One key column whose keys lie close together: an array indexed by the key.

    values: the answers for the keys from `low` on, then the default, unless every key has its place

    key - low < span ? values[key - low] : values[span]

The index is chosen, not the answer, so that the load needs no branch and always has a place.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

from runtime.ir.builder import Builder
from runtime.ir.nodes import Table, Type, Value
from runtime.tables.flatten import Pairs, flatten_entries, list_intervals
from runtime.tables.reference import confirm_pieces
from runtime.tables.words import pack_numbers, stored_bytes, unpack_numbers, write_element, write_wide

_MAX_SPAN = 1 << 16


@dataclass(frozen=True, slots=True)
class Dense:
    """What the code depends on.

    Args:
        key: type of the key column.
        value: type of the answers.
        low: the key of the first answer.
        span: how many keys have a place.
    """

    key: Type
    value: Type
    low: int
    span: int

    @property
    def whole(self) -> bool:
        """Whether every key has a place."""
        return self.span == self.key.maximum + 1

    @property
    def bytes(self) -> int:
        """Bytes of the table."""
        return (self.span + (not self.whole)) * stored_bytes(self.value)

    @property
    def nanoseconds(self) -> float:
        """One load, whose index needs three instructions."""
        return 0.1 if self.whole else 0.25

    def describe(self) -> str:
        """Return the choice in a few words."""
        test = "without a test" if self.whole else "with one test"
        return f"dense index, {self.span} keys from {self.low} on, {test}"


def plan_dense(table: Table, pairs: Pairs) -> Dense | None:
    """Return the array for `table`, flattened to `pairs`; None: several columns, or it is large or empty."""
    if len(table.keys) > 1:
        return None
    key = table.keys[0]
    intervals = list_intervals(table, pairs)
    if not intervals or intervals[-1][1] - intervals[0][0] >= _MAX_SPAN:
        return None
    if key is Type.U8 or 2 * (intervals[-1][1] - intervals[0][0]) > key.maximum:
        return Dense(key, table.value, 0, key.maximum + 1)  # little would be saved, and a test is lost
    return Dense(key, table.value, intervals[0][0], intervals[-1][1] - intervals[0][0] + 1)


def build_dense(table: Table, dense: Dense) -> bytes:
    """Return the bytes of `table`."""
    values = [table.default] * (dense.span + (not dense.whole))
    for low, high, value in list_intervals(table, flatten_entries(table)):
        values[low - dense.low : high - dense.low + 1] = [value] * (high - low + 1)
    return pack_numbers(stored_bytes(dense.value), values)


def write_dense(builder: Builder, dense: Dense, region: str, base: int, keys: Sequence[Value]) -> Value:
    """Append the lookup of the one key in the array at `base`."""
    index = write_wide(builder, keys[0], dense.key, Type.U64)
    if dense.low:
        index = builder.binary("sub", index, builder.constant(Type.U64, dense.low), wrapping=True)
    if not dense.whole:
        span = builder.constant(Type.U64, dense.span)
        index = builder.select(builder.compare("ult", index, span), index, span)
    return write_element(builder, dense.value, region, index, stored_bytes(dense.value), base)


def confirm_dense(table: Table, dense: Dense, data: bytes) -> None:
    """Assert that `data` answers exactly what `table` says: it stands for intervals of one key each."""
    assert (dense.key,) == table.keys, "a dense index has one key column"
    assert len(data) == dense.bytes, "the data ends with the last answer"
    values = unpack_numbers(data, 0, stored_bytes(dense.value), dense.span + (not dense.whole))
    if dense.whole:
        assert dense.low == 0, "the first answer is that of the first key"
        confirm_pieces(table, range(dense.span), values)
        return
    starts = [0, *range(dense.low, dense.low + dense.span + 1)]
    confirm_pieces(table, starts, list(chain(values[-1:], values)))
