"""A few entries: compares with the keys as immediates, one after another; no memory at all.

    key in 80..89 -> 1, key 443 -> 2        key - 80 <= 9 ? 1 : key == 443 ? 2 : default

The only representation in which the code depends on the entries: other numbers need other code.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from runtime.ir.builder import Builder
from runtime.ir.nodes import Entry, Table, Type, Value
from runtime.tables.flatten import Pairs, list_intervals, rank_entries
from runtime.tables.reference import confirm_order, confirm_pieces

_MAX_BOXES = 3


@dataclass(frozen=True, slots=True)
class Chain:
    """What the code depends on.

    Args:
        keys: types of the key columns.
        value: type of the answers.
        default: the answer when no box has the key.
        boxes: of those that have the key, the first one answers.
    """

    keys: tuple[Type, ...]
    value: Type
    default: int
    boxes: tuple[Entry, ...]

    @property
    def bytes(self) -> int:
        """Bytes of the table."""
        return 0

    @property
    def nanoseconds(self) -> float:
        """Two or three instructions for each column of a box, most of them side by side."""
        return 0.05 + 0.18 * len(self.boxes) * len(self.keys)

    def describe(self) -> str:
        """Return the choice in a few words."""
        return f"branch chain of {len(self.boxes)}, keys in the code"


def plan_chain(table: Table, pairs: Pairs) -> Chain | None:
    """Return the chain for `table`, flattened to `pairs` if it has one column; None: it would be long."""
    if len(table.keys) > 1:
        boxes = tuple(rank_entries(table)) if len(table.entries) <= _MAX_BOXES else None
    else:
        intervals = list_intervals(table, pairs)
        boxes = tuple(Entry((low,), (high,), value) for low, high, value in intervals)
    if boxes is None or len(boxes) > _MAX_BOXES:
        return None
    return Chain(table.keys, table.value, table.default, boxes)


def write_chain(builder: Builder, chain: Chain, keys: Sequence[Value]) -> Value:
    """Append the compares, the last box first, so that the first one has the last word."""
    answer = builder.constant(chain.value, chain.default)
    for box in reversed(chain.boxes):
        value = builder.constant(chain.value, box.value)
        inside = _write_inside(builder, chain, box, keys)
        answer = value if inside is None else builder.select(inside, value, answer)
    return answer


def _write_inside(builder: Builder, chain: Chain, box: Entry, keys: Sequence[Value]) -> Value | None:
    """Append whether `keys` are in `box`; None: every key is."""
    inside: Value | None = None
    for type_, key, low, high in zip(chain.keys, keys, box.low, box.high, strict=True):
        if (low, high) == (0, type_.maximum):
            continue
        test = _write_between(builder, type_, key, low, high)
        inside = test if inside is None else builder.binary("and", inside, test)
    return inside


def _write_between(builder: Builder, type_: Type, key: Value, low: int, high: int) -> Value:
    """Append low <= key <= high, as one compare."""
    if low == high:
        return builder.compare("eq", key, builder.constant(type_, low))
    if low > 0:
        key = builder.binary("sub", key, builder.constant(type_, low), wrapping=True)
    return builder.compare("ule", key, builder.constant(type_, high - low))


def confirm_chain(table: Table, chain: Chain, data: bytes) -> None:
    """Assert that the boxes answer exactly what `table` says."""
    assert (chain.keys, chain.default, data) == (table.keys, table.default, b""), "a chain is all code"
    if len(table.keys) > 1:
        confirm_order(table, chain.boxes)
        return
    starts, values = [0], [chain.default]
    for box in chain.boxes:
        starts += [box.low[0], box.high[0] + 1]
        values += [box.value, chain.default]
    confirm_pieces(table, starts, values)
