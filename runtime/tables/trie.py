"""One key column with many intervals: a tree that is indexed by some bits of the key at each level.

    entries: u32, the root's first, then one node after another    answers: for leaves, a power of two of them

An entry is a leaf, the number of an answer, or has its top bit set and is the number of a node of the next
level. All levels are read without a branch: below a leaf, entry 0 is read in vain.

    levels of 16, 8 and 8 bits, key 10.1.2.3:    entries[0x0a01] = node 5
                                                 entries[first of level 1 + 5 << 8 | 2] = leaf 7    answers[7]

The number of entries of a level is rounded up to a power of two, so that a mask keeps each index in bounds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from runtime.ir.builder import Builder
from runtime.ir.nodes import Table, Type, Value
from runtime.tables.flatten import Pairs, flatten_entries
from runtime.tables.reference import confirm_pieces
from runtime.tables.words import (
    pack_numbers,
    round_up,
    stored_bytes,
    unpack_numbers,
    write_element,
    write_wide,
)

if TYPE_CHECKING:
    from numpy import uint64
    from numpy.typing import NDArray

_NODE = 1 << 31
_LEAST_INTERVALS = 24  # fewer are found as fast by binary search
_MAX_ENTRIES = 1 << 21
_LEVELS: dict[Type, tuple[tuple[int, ...], ...]] = {
    Type.U16: ((8, 8), (10, 6)),
    Type.U32: ((16, 8, 8), (12, 10, 10), (11, 7, 7, 7)),
    Type.U64: ((16, *[8] * 6), (8,) * 8),
}
"""What is tried, by key type: the bits of each level. Fewer levels are faster and larger."""


@dataclass(frozen=True, slots=True)
class Trie:
    """What the code depends on.

    Args:
        key: type of the key column.
        value: type of the answers.
        levels: bits of the key that index each level, the highest first.
        sizes: entries of each level, powers of two.
        answers: how many answers there are, a power of two.
    """

    key: Type
    value: Type
    levels: tuple[int, ...]
    sizes: tuple[int, ...]
    answers: int

    @property
    def values(self) -> int:
        """Offset of the answers."""
        return 4 * sum(self.sizes)

    @property
    def bytes(self) -> int:
        """Bytes of the table."""
        return self.values + self.answers * stored_bytes(self.value)

    @property
    def nanoseconds(self) -> float:
        """A load for each level, one after the other, and one for the answer."""
        return 0.6 * len(self.levels)

    def describe(self) -> str:
        """Return the choice in a few words."""
        bits = "-".join(map(str, self.levels))
        return f"tree of {bits} bits, {sum(self.sizes)} entries, {self.answers} answers"


def plan_trie(table: Table, pairs: Pairs) -> Trie | None:
    """Return the best tree for `table`, flattened to `pairs`; None: none pays, or all would be too large.

    Exact tables have hashes, which are smaller.
    """
    if len(table.keys) > 1 or table.kind == "exact" or table.keys[0] not in _LEVELS:
        return None
    if len(pairs) < _LEAST_INTERVALS:
        return None
    key = table.keys[0]
    answers = round_up(len({value for _, value in pairs}))
    tries: list[Trie] = []
    for levels in _LEVELS[key]:
        nodes = _fill_levels(key, levels, pairs)
        if nodes is not None:
            sizes = tuple(round_up(len(level)) for level in nodes)
            tries.append(Trie(key, table.value, levels, sizes, answers))
    return min(tries, key=lambda trie: trie.nanoseconds + trie.bytes / (1 << 18), default=None)


def _fill_levels(key: Type, levels: tuple[int, ...], pairs: Pairs) -> list[NDArray[uint64]] | None:
    """Return the entries of each level; None: there would be too many.

    A place on a level stands for a block of keys: a leaf where one interval holds all of it, else a node.
    """
    import numpy as np

    starts = np.array([start for start, _ in pairs], dtype=np.uint64)
    names = _number_answers(pairs)
    leaves = np.array([names[value] for _, value in pairs], dtype=np.uint64)
    firsts = np.zeros(1, dtype=np.uint64)  # the first key of each node
    free = key.bits
    filled: list[NDArray[uint64]] = []
    for bits in levels:
        free -= bits
        if len(firsts) << bits > _MAX_ENTRIES:
            return None
        blocks = (firsts[:, None] + (np.arange(1 << bits, dtype=np.uint64) << np.uint64(free))).ravel()
        first = np.searchsorted(starts, blocks, "right") - 1
        last = np.searchsorted(starts, blocks + np.uint64((1 << free) - 1), "right") - 1
        mixed = first != last
        entries = leaves[first]
        firsts = blocks[mixed]
        entries[mixed] = np.arange(len(firsts), dtype=np.uint64) + np.uint64(_NODE)
        filled.append(entries)
        if not len(firsts):
            firsts = np.zeros(1, dtype=np.uint64)  # nobody leads there, but the code reads a place
    return filled


def _number_answers(pairs: Pairs) -> dict[int, int]:
    """Return a number for each answer, in the order of the keys."""
    return {value: number for number, value in enumerate(dict.fromkeys(value for _, value in pairs))}


def build_trie(table: Table, trie: Trie) -> bytes:
    """Return the bytes of `table`."""
    pairs = flatten_entries(table)
    nodes = _fill_levels(trie.key, trie.levels, pairs)
    assert nodes is not None, "the plan was made for these keys"
    parts = [
        level.astype("<u4").tobytes().ljust(4 * size, b"\0")
        for level, size in zip(nodes, trie.sizes, strict=True)
    ]
    answers = list(_number_answers(pairs))
    answers += answers[:1] * (trie.answers - len(answers))
    return b"".join(parts) + pack_numbers(stored_bytes(trie.value), answers)


def write_trie(builder: Builder, trie: Trie, region: str, base: int, keys: Sequence[Value]) -> Value:
    """Append the lookup of the one key in the tree at `base`."""
    key = write_wide(builder, keys[0], trie.key, Type.U64)
    index = builder.binary("lshr", key, builder.constant(Type.U64, trie.key.bits - trie.levels[0]))
    entry = write_element(builder, Type.U32, region, index, 4, base)
    free = trie.key.bits - trie.levels[0]
    for bits, before, size in zip(trie.levels[1:], trie.sizes, trie.sizes[1:], strict=False):
        free -= bits
        base += 4 * before
        node = builder.compare("ule", builder.constant(Type.U32, _NODE), entry)
        part = builder.binary("lshr", key, builder.constant(Type.U64, free))
        part = builder.binary("and", part, builder.constant(Type.U64, (1 << bits) - 1))
        index = builder.convert(Type.U64, entry)
        index = builder.binary("shl", index, builder.constant(Type.U64, bits))
        index = builder.binary("or", index, part)
        index = builder.binary("and", index, builder.constant(Type.U64, size - 1))
        entry = builder.select(node, write_element(builder, Type.U32, region, index, 4, base), entry)
    base += 4 * trie.sizes[-1]
    leaf = builder.binary("and", entry, builder.constant(Type.U32, trie.answers - 1))
    return write_element(
        builder, trie.value, region, builder.convert(Type.U64, leaf), stored_bytes(trie.value), base
    )


def confirm_trie(table: Table, trie: Trie, data: bytes) -> None:
    """Assert that `data` answers exactly what `table` says.

    The tree is walked as the code does it, with whole blocks of keys: each ends in a leaf, and the leaves
    stand for intervals.
    """
    import numpy as np

    assert (trie.key,) == table.keys, "a tree has one key column"
    assert sum(trie.levels) == trie.key.bits, "the levels use every bit of the key"
    assert len(data) == trie.bytes, "the data ends with the answers"
    answers = unpack_numbers(data, trie.values, stored_bytes(trie.value), trie.answers)
    firsts, nodes = np.zeros(1, dtype=np.uint64), np.zeros(1, dtype=np.uint64)
    free, base = trie.key.bits, 0
    starts: list[NDArray[uint64]] = []
    leaves: list[NDArray[uint64]] = []
    for bits, size in zip(trie.levels, trie.sizes, strict=True):
        free -= bits
        level = np.frombuffer(data, "<u4", size, base).astype(np.uint64)
        parts = np.arange(1 << bits, dtype=np.uint64)
        entries = level[((nodes[:, None] << np.uint64(bits) | parts) & np.uint64(size - 1)).ravel()]
        blocks = (firsts[:, None] + (parts << np.uint64(free))).ravel()
        inner = entries >= _NODE
        starts.append(blocks[~inner])
        leaves.append(entries[~inner])
        firsts, nodes = blocks[inner], entries[inner] - np.uint64(_NODE)
        base += 4 * size
    assert not len(firsts), "every way ends in a leaf"
    joined = np.concatenate(starts)
    order = np.argsort(joined)
    values = [
        answers[leaf] for leaf in (np.concatenate(leaves) & np.uint64(trie.answers - 1))[order].tolist()
    ]
    confirm_pieces(table, *_join_equal(joined[order].tolist(), values))


def _join_equal(starts: Sequence[int], values: Sequence[int]) -> tuple[list[int], list[int]]:
    """Join neighbouring pieces with equal answers."""
    kept = [place for place, value in enumerate(values) if not place or value != values[place - 1]]
    return [starts[place] for place in kept], [values[place] for place in kept]
