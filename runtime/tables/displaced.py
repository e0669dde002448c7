"""Exact tables with many entries: hash and displace. Two loads find the only slot that can hold a key.

    displacements: one u16 for each group     slots:  word 0, word 1 ..., answer, filled to a power of two

The high bits of a hash choose the key's group, other bits a slot, and the group's displacement moves all
slots of the group: the builder finds displacements under which no two keys share a slot, the largest groups
first.
Slots without an entry repeat the first entry: whoever finds it there has looked for just that key.

    h = sum of words * multipliers     h = (h ^ h >> 32) * last multiplier
    group = h >> (64 - group bits)     slot = (h >> 12 ^ displacements[group]) & (slots - 1)
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass

from runtime.ir.builder import Builder
from runtime.ir.nodes import Table, Type, Value
from runtime.tables.hashed import make_multipliers, write_products
from runtime.tables.words import (
    Words,
    group_columns,
    make_slot_form,
    pack_key,
    round_up,
    stored_bytes,
    word_bytes,
    word_type,
    write_element,
    write_equal,
    write_wide,
    write_words,
)

_WORD = (1 << 64) - 1
_SLOT_SHIFT = 12
_KEYS_PER_GROUP = 4
_SEEDS = 8
_DISPLACEMENTS = 1 << 16


@dataclass(frozen=True, slots=True)
class Displaced:
    """What the code depends on.

    Args:
        words: how the key columns are packed.
        value: type of the answers.
        default: the answer when no slot has the key.
        multipliers: one for each word, and the last one.
        group_bits: of the number of a group.
        slot_bits: of the number of a slot.
    """

    words: Words
    value: Type
    default: int
    multipliers: tuple[int, ...]
    group_bits: int
    slot_bits: int

    @property
    def stride(self) -> int:
        """Bytes of a slot, a power of two."""
        return round_up(sum(map(word_bytes, self.words)) + stored_bytes(self.value))

    @property
    def first_slot(self) -> int:
        """Offset of the slots."""
        return (2 << self.group_bits) + -(2 << self.group_bits) % self.stride

    @property
    def bytes(self) -> int:
        """Bytes of the table."""
        return self.first_slot + (self.stride << self.slot_bits)

    @property
    def nanoseconds(self) -> float:
        """Two loads, one after the other, behind two multiplications."""
        return 0.9 + 0.1 * sum(map(len, self.words)) + 0.6 * (len(self.words) - 1)

    def describe(self) -> str:
        """Return the choice in a few words."""
        groups, slots = 1 << self.group_bits, 1 << self.slot_bits
        return f"hash with {groups} displacements, one probe, {slots} slots of {self.stride} bytes"

    def hash_words(self, words: Sequence[int]) -> tuple[int, int]:
        """Return the group of a key, and its slot before it is displaced."""
        mixed = sum(word * number for word, number in zip(words, self.multipliers, strict=False)) & _WORD
        mixed = (mixed ^ mixed >> 32) * self.multipliers[-1] & _WORD
        return mixed >> 64 - self.group_bits, mixed >> _SLOT_SHIFT & (1 << self.slot_bits) - 1


def plan_displaced(table: Table) -> Displaced | None:
    """Return the hash for `table` with the first multipliers that work; None: it is not exact, or empty."""
    if table.kind != "exact" or not table.entries:
        return None
    words = group_columns(table.keys)
    keys = [pack_key(words, entry.low) for entry in table.entries]
    slot_bits = max(1, (len(keys) * 5 // 4).bit_length())
    group_bits = max(1, (len(keys) // _KEYS_PER_GROUP).bit_length())
    for seed in range(_SEEDS):
        multipliers = make_multipliers(len(words) + 1, seed)
        displaced = Displaced(words, table.value, table.default, multipliers, group_bits, slot_bits)
        if _place_keys(displaced, keys) is not None:
            return displaced
    return None


def _place_keys(displaced: Displaced, keys: Sequence[tuple[int, ...]]) -> tuple[list[int], list[int]] | None:
    """Return the groups' displacements and, for each key, its slot; None: some group fits nowhere."""
    groups: list[list[tuple[int, int]]] = [[] for _ in range(1 << displaced.group_bits)]
    for number, key in enumerate(keys):
        group, slot = displaced.hash_words(key)
        groups[group].append((slot, number))
    displacements = [0] * len(groups)
    places = [0] * len(keys)
    taken = bytearray(1 << displaced.slot_bits)
    for group in sorted(range(len(groups)), key=lambda group: -len(groups[group])):
        members = groups[group]
        found = _find_displacement(taken, [slot for slot, _ in members])
        if found is None:
            return None
        displacements[group] = found
        for slot, number in members:
            places[number] = slot ^ found
            taken[slot ^ found] = 1
    return displacements, places


def _find_displacement(taken: bytearray, slots: list[int]) -> int | None:
    """Return a number that moves `slots` to places that are free and different."""
    if len(set(slots)) < len(slots):
        return None
    for displacement in range(min(_DISPLACEMENTS, len(taken))):
        for slot in slots:
            if taken[slot ^ displacement]:
                break
        else:
            return displacement
    return None


def build_displaced(table: Table, displaced: Displaced) -> bytes:
    """Return the bytes of `table`."""
    keys = [pack_key(displaced.words, entry.low) for entry in table.entries]
    placed = _place_keys(displaced, keys)
    assert placed is not None, "the plan was made for these keys"
    displacements, places = placed
    form = make_slot_form(displaced.words, displaced.value, displaced.stride)
    rows = [form.pack(*key, entry.value) for key, entry in zip(keys, table.entries, strict=True)]
    slots = [rows[0]] * (1 << displaced.slot_bits)
    for place, row in zip(places, rows, strict=True):
        slots[place] = row
    front = struct.pack(f"<{len(displacements)}H", *displacements)
    return front.ljust(displaced.first_slot, b"\0") + b"".join(slots)


def write_displaced(
    builder: Builder, displaced: Displaced, region: str, base: int, keys: Sequence[Value]
) -> Value:
    """Append the lookup of `keys` in the table at `base`."""
    wanted = write_words(builder, displaced.words, keys)
    slot = _write_slot(builder, displaced, region, base, wanted)
    offset, stride = base + displaced.first_slot, displaced.stride
    equal: Value | None = None
    for word, number in zip(displaced.words, wanted, strict=True):
        stored = write_element(builder, word_type(word), region, slot, stride, offset)
        equal = write_equal(builder, equal, stored, number)
        offset += word_bytes(word)
    assert equal is not None, "a key has a word"
    value = write_element(builder, displaced.value, region, slot, stride, offset)
    return builder.select(equal, value, builder.constant(displaced.value, displaced.default))


def _write_slot(
    builder: Builder, displaced: Displaced, region: str, base: int, words: Sequence[Value]
) -> Value:
    """Append what finds the slot of a key."""
    types = [word_type(word) for word in displaced.words]
    wide = [write_wide(builder, word, type_, Type.U64) for word, type_ in zip(words, types, strict=True)]
    mixed = write_products(builder, wide, displaced.multipliers[:-1])
    high = builder.binary("lshr", mixed, builder.constant(Type.U64, 32))
    mixed = write_products(builder, [builder.binary("xor", mixed, high)], displaced.multipliers[-1:])
    group = builder.binary("lshr", mixed, builder.constant(Type.U64, 64 - displaced.group_bits))
    moved = builder.convert(Type.U64, write_element(builder, Type.U16, region, group, 2, base))
    slot = builder.binary("lshr", mixed, builder.constant(Type.U64, _SLOT_SHIFT))
    last = builder.constant(Type.U64, (1 << displaced.slot_bits) - 1)
    return builder.binary("and", builder.binary("xor", slot, moved), last)


def confirm_displaced(table: Table, displaced: Displaced, data: bytes) -> None:
    """Assert that `data` answers exactly what `table` says.

    Every slot holds an entry with its answer, so no lookup can answer anything else than its key's entry or
    the default; and every entry is in the slot to which its hash leads.
    """
    assert sum(displaced.words, ()) == table.keys, "words hold the columns in order"
    assert displaced.default == table.default, "a table's default"
    assert len(data) == displaced.bytes, "the data ends with the last slot"
    wanted = {pack_key(displaced.words, entry.low): entry.value for entry in table.entries}
    form = make_slot_form(displaced.words, displaced.value, displaced.stride)
    slots, count = list(form.iter_unpack(data[displaced.first_slot :])), 1 << displaced.slot_bits
    assert len(slots) == count, "the data ends with the last slot"
    rows = {(*key, value) for key, value in wanted.items()}
    assert rows.issuperset(slots), f"table {table.name} has a slot that is no entry"
    displacements = struct.unpack_from(f"<{1 << displaced.group_bits}H", data)
    for key, value in wanted.items():
        group, slot = displaced.hash_words(key)
        found = slots[(slot ^ displacements[group]) & count - 1]
        assert found == (*key, value), f"table {table.name} does not find {key}"
