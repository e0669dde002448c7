"""The open exact table with one narrow key column: an answer for every key, changed by one store.

    0        answer ^ default, for key 0      answer ^ default, for key 1 ...      each number at its own size

Zeros answer the default, so fresh memory is an empty table. A store is one aligned write of the answer's
width; there is nothing else that readers could see in parts, and nothing that is ever used again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from runtime.ir.builder import Builder
from runtime.ir.nodes import Table, Type, Value
from runtime.tables.words import stored_bytes, stored_type, write_wide

MAX_KEY_BITS = 16


@dataclass(frozen=True, slots=True)
class OpenDense:
    """What the code depends on.

    Args:
        key: type of the key column, of at most `MAX_KEY_BITS`.
        value: type of the answers.
        default: the answer when no row has the key.
    """

    key: Type
    value: Type
    default: int

    @property
    def bytes(self) -> int:
        """Bytes of the table."""
        return stored_bytes(self.value) << self.key.bits

    def describe(self) -> str:
        """Return the choice in a few words."""
        return f"direct index, {1 << self.key.bits} answers"


def plan_open_dense(table: Table) -> OpenDense:
    """Return the layout for the open exact `table`, of one narrow column."""
    (key,) = table.keys
    assert key.bits <= MAX_KEY_BITS, "a direct index needs few keys"
    return OpenDense(key, table.value, table.default)


def write_open_dense(
    builder: Builder, layout: OpenDense, region: str, base: int, keys: Sequence[Value]
) -> Value:
    """Append the lookup of the one key in the table at `base`, a multiple of 64."""
    width, type_ = stored_bytes(layout.value), stored_type(layout.value)
    offset = write_wide(builder, keys[0], layout.key, Type.U64)
    if width > 1:
        offset = builder.binary("shl", offset, builder.constant(Type.U64, width.bit_length() - 1))
    if base:
        offset = builder.binary("add", offset, builder.constant(Type.U64, base))
    answer = builder.load(type_, region, offset, "be" if width == 1 else "le")
    if layout.default:
        answer = builder.binary("xor", answer, builder.constant(type_, layout.default))
    # Of a u1, the byte has one more bit than there is, so the validator need not know what was stored.
    return answer if type_ is layout.value else builder.convert(layout.value, answer, wrapping=True)
