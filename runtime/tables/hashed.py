"""Exact tables of moderate size: a hash function that is chosen by looking at the entries.

    bucket:  `probes` slots     slot:  word 0, word 1 ..., answer, filled up to a power of two

The bucket of a key is some of its bits, or the high bits of a sum of products where no bits will do. The
builder tries functions, the cheapest first, until one puts at most `probes` keys into every bucket. With one
probe the hash is perfect: one slot is read, and its key compared once. Slots without an entry repeat the
first entry: whoever finds it there has looked for just that key, so its answer is right.

    key 443, bits 2..4:   443 >> 2 & 7 = 6      slots[6] = (443, 2)     443 == 443 ? 2 : default
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from runtime.ir.builder import Builder
from runtime.ir.nodes import Table, Type, Value
from runtime.tables.words import (
    Words,
    group_columns,
    make_slot_form,
    pack_key,
    round_up,
    stored_bytes,
    word_bits,
    word_bytes,
    word_type,
    write_element,
    write_equal,
    write_wide,
    write_words,
)

_MAX_ENTRIES = 512  # more keys need a displacement to spread
_MAX_SPARSE = 8  # slots for each entry, rounded up
_TRIES = 48  # multipliers for each size
_MAX_CROWDS = 5.0  # where more are to be expected, no multiplier is likely to avoid them all
_WORD = (1 << 64) - 1


@dataclass(frozen=True, slots=True)
class Hash:
    """Where the bucket of a key is.

    Args:
        multipliers: one for each word; empty: the bits of the only word from `shift` on.
        shift: in front of the bucket's bits.
        bits: of the bucket's number.
    """

    multipliers: tuple[int, ...]
    shift: int
    bits: int

    def apply(self, words: Sequence[int]) -> int:
        """Return the bucket of a key."""
        mixed = words[0]
        if self.multipliers:
            products = zip(words, self.multipliers, strict=True)
            mixed = sum(word * multiplier for word, multiplier in products) & _WORD
        return mixed >> self.shift & (1 << self.bits) - 1


@dataclass(frozen=True, slots=True)
class Hashed:
    """What the code depends on.

    Args:
        words: how the key columns are packed.
        value: type of the answers.
        default: the answer when no slot has the key.
        hash: which bucket a key is in.
        probes: slots of a bucket.
    """

    words: Words
    value: Type
    default: int
    hash: Hash
    probes: int

    @property
    def stride(self) -> int:
        """Bytes of a slot, a power of two."""
        return round_up(sum(map(word_bytes, self.words)) + stored_bytes(self.value))

    @property
    def slots(self) -> int:
        """How many slots there are."""
        return self.probes << self.hash.bits

    @property
    def bytes(self) -> int:
        """Bytes of the table."""
        return self.slots * self.stride

    @property
    def nanoseconds(self) -> float:
        """Packing, multiplying, comparing; several words and probes need more registers than there are."""
        columns = sum(map(len, self.words))
        probe = 0.15 if len(self.words) == 1 else 1.4
        once = 0.2 + 0.1 * columns + 0.1 * bool(self.hash.multipliers) + 0.4 * (len(self.words) - 1)
        return once + probe * (self.probes - 1)

    def describe(self) -> str:
        """Return the choice in a few words."""
        mixing = "a multiplication" if self.hash.multipliers else f"bits from {self.hash.shift} on"
        kind = "perfect hash" if self.probes == 1 else f"hash with {self.probes} probes"
        return f"{kind} by {mixing}, {self.slots} slots of {self.stride} bytes"


def plan_hashed(table: Table, allowed_probes: Sequence[int]) -> Hashed | None:
    """Return the cheapest hash for `table`; None: it is not exact, too large, or all functions fail.

    Args:
        table: closed.
        allowed_probes: that a lookup may take, powers of two, the best first.
    """
    if table.kind != "exact" or not 0 < len(table.entries) <= _MAX_ENTRIES:
        return None
    words = group_columns(table.keys)
    keys = [pack_key(words, entry.low) for entry in table.entries]
    for probes in allowed_probes:
        for hash_ in _list_functions(words, len(keys), probes):
            if _fits(hash_, keys, probes):
                return Hashed(words, table.value, table.default, hash_, probes)
    return None


def _list_functions(words: Words, count: int, probes: int) -> Iterator[Hash]:
    """Yield functions for `count` keys that may work, the cheapest to compute first, then the smallest."""
    least = max(0, (round_up(count) // probes).bit_length() - 1)
    sizes = range(least, least + _MAX_SPARSE.bit_length())
    if len(words) == 1:
        for bits in sizes:
            for shift in range(max(1, word_bits(words[0]) - bits + 1)):
                yield Hash((), shift, bits)
    for bits in sizes:
        hopeless = _count_crowds(count, 1 << bits, probes) > _MAX_CROWDS
        for seed in range(0 if hopeless or not bits else _TRIES):
            yield Hash(make_multipliers(len(words), seed), 64 - bits, bits)


def _count_crowds(keys: int, buckets: int, probes: int) -> float:
    """Return how many sets of `probes` + 1 keys share a bucket, on average over random functions."""
    return math.comb(keys, probes + 1) / float(buckets) ** probes


def make_multipliers(count: int, seed: int) -> tuple[int, ...]:
    """Return odd numbers with bits that look random, others for each seed (splitmix64)."""
    multipliers: list[int] = []
    for number in range(seed * count + 1, (seed + 1) * count + 1):
        mixed = number * 0x9E3779B97F4A7C15 & _WORD
        mixed = (mixed ^ mixed >> 30) * 0xBF58476D1CE4E5B9 & _WORD
        mixed = (mixed ^ mixed >> 27) * 0x94D049BB133111EB & _WORD
        multipliers.append(mixed ^ mixed >> 31 | 1)
    return tuple(multipliers)


def _fits(hash_: Hash, keys: Sequence[tuple[int, ...]], probes: int) -> bool:
    """Say whether no bucket gets more than `probes` of `keys`."""
    filled = [0] * (1 << hash_.bits)
    for key in keys:
        bucket = hash_.apply(key)
        filled[bucket] += 1
        if filled[bucket] > probes:
            return False
    return True


def build_hashed(table: Table, hashed: Hashed) -> bytes:
    """Return the bytes of `table`."""
    rows = [(pack_key(hashed.words, entry.low), entry.value) for entry in table.entries]
    slots = [rows[0]] * hashed.slots
    filled: Counter[int] = Counter()
    for key, value in rows:
        bucket = hashed.hash.apply(key)
        slots[bucket * hashed.probes + filled[bucket]] = (key, value)
        filled[bucket] += 1
    form = make_slot_form(hashed.words, hashed.value, hashed.stride)
    return b"".join(form.pack(*key, value) for key, value in slots)


def write_hashed(builder: Builder, hashed: Hashed, region: str, base: int, keys: Sequence[Value]) -> Value:
    """Append the lookup of `keys` in the table at `base`."""
    wanted = write_words(builder, hashed.words, keys)
    bucket = _write_hash(builder, hashed, wanted)
    stride = hashed.stride
    answer = builder.constant(hashed.value, hashed.default)
    for probe in range(hashed.probes):
        offset = base + probe * stride
        equal: Value | None = None
        for word, number in zip(hashed.words, wanted, strict=True):
            width = hashed.probes * stride
            stored = write_element(builder, word_type(word), region, bucket, width, offset)
            equal = write_equal(builder, equal, stored, number)
            offset += word_bytes(word)
        assert equal is not None, "a key has a word"
        value = write_element(builder, hashed.value, region, bucket, hashed.probes * stride, offset)
        answer = builder.select(equal, value, answer)
    return answer


def _write_hash(builder: Builder, hashed: Hashed, words: Sequence[Value]) -> Value:
    """Append what `Hash.apply` computes."""
    hash_ = hashed.hash
    types = [word_type(word) for word in hashed.words]
    wide = [write_wide(builder, word, type_, Type.U64) for word, type_ in zip(words, types, strict=True)]
    mixed = wide[0]
    if hash_.multipliers:
        mixed = write_products(builder, wide, hash_.multipliers)
    if hash_.shift:
        mixed = builder.binary("lshr", mixed, builder.constant(Type.U64, hash_.shift))
    if hash_.shift + hash_.bits == 64:
        return mixed
    return builder.binary("and", mixed, builder.constant(Type.U64, (1 << hash_.bits) - 1))


def write_products(builder: Builder, words: Sequence[Value], multipliers: Sequence[int]) -> Value:
    """Append the sum of words times multipliers, modulo 2**64."""
    total: Value | None = None
    for word, multiplier in zip(words, multipliers, strict=True):
        product = builder.binary("mul", word, builder.constant(Type.U64, multiplier), wrapping=True)
        total = product if total is None else builder.binary("add", total, product, wrapping=True)
    assert total is not None, "a key has a word"
    return total


def confirm_hashed(table: Table, hashed: Hashed, data: bytes) -> None:
    """Assert that `data` answers exactly what `table` says.

    Every slot holds an entry with its answer, so no lookup can answer anything else than its key's entry or
    the default; and every entry is in its bucket, so its key finds it.
    """
    assert sum(hashed.words, ()) == table.keys, "words hold the columns in order"
    assert hashed.default == table.default, "a table's default"
    assert len(data) == hashed.bytes, "the data ends with the last slot"
    wanted = {pack_key(hashed.words, entry.low): entry.value for entry in table.entries}
    slots = list(make_slot_form(hashed.words, hashed.value, hashed.stride).iter_unpack(data))
    rows = {(*key, value) for key, value in wanted.items()}
    assert rows.issuperset(slots), f"table {table.name} has a slot that is no entry"
    for key in wanted:
        first = hashed.hash.apply(key) * hashed.probes
        bucket = slots[first : first + hashed.probes]
        assert any(key == slot[:-1] for slot in bucket), f"table {table.name} does not find {key}"
