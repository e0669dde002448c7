"""The open exact table: one row per key, found with one probe; rows come and go while native code reads.

    0                header: `current`, the offset of the arrangement in use (zero: there are no rows)
    512 * k          arrangement of size n = 2**k: shift, n / 4, (n - 1) * slot, n * slot, multipliers
    16384            displacements, u16: those of size n at number n / 4 up to n / 2
    16384 + slots    slots: those of size n at number n up to 2 * n

    slot:  tag, further words of the key, filler     tag = answer << 32 | last word, or the answer alone

Every size has a place of its own, and a row is where two steps lead (all numbers are u64, sums wrap):

    h = part 0 * multiplier 0 + part 1 * multiplier 1 + ...         parts: word 0, halves of the others
    d = displacements[n / 4 + (h >> shift)]                        the top bits of h name a bucket of rows
    slot = n + ((h >> (d & 63) ^ d) & (n - 1) in units of slots)   d puts the bucket's rows into free slots

Whoever adds a row chooses d so that the rows of the bucket meet nobody, so a lookup is one probe, without a
branch, found or not. The multipliers are random, so nobody can prepare keys that meet. Whatever the bytes
are, the last step before every load is an AND with a constant: the validator can bound each access without
knowing them.

The tag is loaded first, and the address of the other words depends on it (its top bit, which is 0): neither
compiler nor processor can look at the words earlier. So a reader that sees an answer sees the words that were
written before it, and who wants to reuse a slot needs to know only that its tag was 0 for every reader
inside.

Measured in C (4,096 keys of 12 bytes, half hits, 1 to 100,000 rows at most half full, ns): this 2.7-4.1 (with
65,536 keys 2.7-5.2); the same with a multiplication after the displacement 3.2-4.7; two-choice, both slots
probed, 2.6-4.3 (6.5), and its moves need a wait each; a line of four slots 4.0-9.3; linear probing with
branches 1.6-2.5 where the processor has learnt the keys by heart, else 6-13.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from runtime import limits
from runtime.ir.builder import Builder
from runtime.ir.nodes import Table, Type, Value
from runtime.tables.words import Words, group_columns, round_up, word_bits, word_type, write_wide, write_words

HEADER_BYTES = 16384
ARRANGEMENT_BYTES = 512
ARRANGEMENT_MASK = HEADER_BYTES - ARRANGEMENT_BYTES  # leads from any number to a place for an arrangement
MULTIPLIERS = 4  # the number of the first multiplier in an arrangement; before it is what `write_...` names
SLOTS_PER_BUCKET = 4
LEAST_SLOTS = 16
_SLACK = 64  # a tag that should not be can lead one byte too far


@dataclass(frozen=True, slots=True)
class Part:
    """The bits of word number `word` from bit `shift` on that are in `mask`."""

    word: int
    shift: int
    mask: int


@dataclass(frozen=True, slots=True)
class OpenHash:
    """What the code depends on.

    Args:
        words: how the key columns are packed.
        value: type of the answers.
        default: the answer when no row has the key.
        slots: of the largest size, a power of two; half of them may be rows.
    """

    words: Words
    value: Type
    default: int
    slots: int

    @property
    def shared(self) -> bool:
        """Whether the last word and the answer are one number, the tag."""
        return word_bits(self.words[-1]) <= 32 and self.value.bits <= 32

    @property
    def parts(self) -> tuple[Part, ...]:
        """The parts that are multiplied: word 0, and the others in halves if they have more than 32 bits.

        Multipliers are odd, so keys that differ in word 0 alone never have one hash. If another part differs,
        by 2**t times something odd, then t is below 32, and at most one multiplier in 2**(63 - t) gives them
        one hash. With two whole words, keys that differ in the top bits of both would always have one hash.
        """
        parts = [Part(0, 0, Type.U64.maximum)]
        for index in range(1, len(self.words)):
            parts.append(Part(index, 0, Type.U32.maximum))
            if word_bits(self.words[index]) > 32:
                parts.append(Part(index, 32, Type.U32.maximum))
        return tuple(parts)

    @property
    def further(self) -> int:
        """Words of the key that are not in the tag."""
        return len(self.words) - self.shared

    @property
    def slot_bytes(self) -> int:
        """Bytes of a slot, a power of two: up to 64 they lie on one cache line."""
        return round_up(8 * (1 + self.further))

    @property
    def highest(self) -> int:
        """The largest answer: the tag's top bit stays 0. An answer of 0 says that a slot is empty."""
        return min(self.value.maximum, (1 << (31 if self.shared else 63)) - 1)

    @property
    def displacements(self) -> int:
        """Offset of the displacements of all sizes."""
        return HEADER_BYTES

    @property
    def first_slot(self) -> int:
        """Offset of the slots of all sizes."""
        return HEADER_BYTES + self.slots

    @property
    def bytes(self) -> int:
        """Bytes of address space; what no row needs is never touched."""
        return self.first_slot + 2 * self.slots * self.slot_bytes + _SLACK

    def describe(self) -> str:
        """Return the choice in a few words."""
        return f"displaced hash, one probe, up to {self.slots // 2} rows of {self.slot_bytes} bytes"


def plan_open_hash(table: Table, rows: int = limits.MAX_TABLE_ENTRIES) -> OpenHash:
    """Return the layout for the open exact `table` and at most `rows` rows."""
    slots = max(LEAST_SLOTS, 2 * round_up(rows))
    return OpenHash(group_columns(table.keys), table.value, table.default, slots)


def write_open_hash(
    builder: Builder, layout: OpenHash, region: str, base: int, keys: Sequence[Value]
) -> Value:
    """Append the lookup of `keys` in the table at `base`, a multiple of 64."""
    packed = write_words(builder, layout.words, keys)
    words = [
        write_wide(builder, word, word_type(columns), Type.U64)
        for word, columns in zip(packed, layout.words, strict=True)
    ]
    where = _mask(builder, _load(builder, region, _number(builder, base), 0), ARRANGEMENT_MASK)
    arrangement = builder.binary("add", where, _number(builder, base))
    hash_ = _write_hash(builder, layout, region, arrangement, words)
    bucket = _write_bucket(builder, layout, region, arrangement, hash_)
    place = builder.binary("add", bucket, _number(builder, base + layout.displacements))
    displacement = builder.convert(Type.U64, builder.load(Type.U16, region, place, "le"))
    slot = _write_slot(builder, layout, region, arrangement, (hash_, displacement))
    place = builder.binary("add", slot, _number(builder, base + layout.first_slot))
    return _write_answer(builder, layout, region, place, words)


def _write_hash(
    builder: Builder, layout: OpenHash, region: str, arrangement: Value, words: Sequence[Value]
) -> Value:
    """Append the sum of the parts, each times its multiplier."""
    total: Value | None = None
    for index, part in enumerate(layout.parts):
        number = words[part.word]
        if part.shift:
            number = builder.binary("lshr", number, _number(builder, part.shift))
        elif part.mask < Type.U64.maximum and word_bits(layout.words[part.word]) > 32:
            number = _mask(builder, number, part.mask)
        multiplier = _load(builder, region, arrangement, MULTIPLIERS + index)
        product = builder.binary("mul", number, multiplier, wrapping=True)
        total = product if total is None else builder.binary("add", total, product, wrapping=True)
    assert total is not None, "a key has a word"
    return total


def _write_bucket(builder: Builder, layout: OpenHash, region: str, arrangement: Value, hash_: Value) -> Value:
    """Append the offset of the bucket's displacement."""
    shift = _mask(builder, _load(builder, region, arrangement, 0), 63)
    bucket = builder.binary("lshr", hash_, shift)
    bucket = builder.binary("or", bucket, _load(builder, region, arrangement, 1))
    bucket = _mask(builder, bucket, layout.slots // 2 - 1)
    return builder.binary("shl", bucket, _number(builder, 1))


def _write_slot(
    builder: Builder, layout: OpenHash, region: str, arrangement: Value, row: tuple[Value, Value]
) -> Value:
    """Append the offset of the slot for a row's hash and displacement."""
    hash_, displacement = row
    moved = builder.binary("lshr", hash_, _mask(builder, displacement, 63))
    moved = builder.binary("xor", moved, displacement)
    inside = builder.binary("and", moved, _load(builder, region, arrangement, 2))
    slot = builder.binary("or", inside, _load(builder, region, arrangement, 3))
    return _mask(builder, slot, (2 * layout.slots - 1) * layout.slot_bytes)


def _write_answer(
    builder: Builder, layout: OpenHash, region: str, place: Value, words: Sequence[Value]
) -> Value:
    """Append the comparison of the slot at `place` with the words, and what follows from it."""
    tag = _load(builder, region, place, 0)
    answer, different = tag, _number(builder, 0)
    if layout.shared:
        answer = builder.binary("lshr", tag, _number(builder, 32))
        different = builder.binary("xor", _mask(builder, tag, Type.U32.maximum), words[-1])
    if layout.further:
        top = builder.binary("lshr", tag, _number(builder, 63))
        place = builder.binary("add", place, top)
    for index in range(layout.further):
        other = builder.binary("xor", _load(builder, region, place, 1 + index), words[index])
        different = builder.binary("or", different, other)
    found = builder.compare("eq", different, _number(builder, 0))
    if layout.default:
        full = builder.compare("ne", answer, _number(builder, 0))
        found = builder.binary("and", found, full)
    if layout.value is not Type.U64:
        answer = builder.convert(layout.value, answer, wrapping=True)
    return builder.select(found, answer, builder.constant(layout.value, layout.default))


def _number(builder: Builder, number: int) -> Value:
    return builder.constant(Type.U64, number)


def _mask(builder: Builder, value: Value, mask: int) -> Value:
    return builder.binary("and", value, _number(builder, mask))


def _load(builder: Builder, region: str, place: Value, number: int) -> Value:
    """Append the load of the u64 with this number after `place`."""
    offset = builder.binary("add", place, _number(builder, 8 * number)) if number else place
    return builder.load(Type.U64, region, offset, "le")
