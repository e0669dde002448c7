"""Sets of numbers as blocks: 2**k numbers that agree in all but their lowest k bits.

In and out: `dpfc.formula.ValueSet`. A block is what a test of some bits can ask for.
"""

from __future__ import annotations

from dataclasses import dataclass

from dpfc.formula import ValueSet
from dpfc.valueset import normalize


@dataclass(frozen=True, slots=True)
class Block:
    """The numbers from `low` on that differ from it in the lowest `free` bits only."""

    low: int
    free: int


def list_blocks(values: ValueSet, limit: int) -> tuple[Block, ...] | None:
    """Return the blocks that make up `values`, as few as possible; None where that is more than `limit`."""
    blocks: list[Block] = []
    for low, high in values:
        while low <= high:
            if len(blocks) == limit:
                return None
            free = (high - low + 1).bit_length() - 1
            if low:
                free = min(free, (low & -low).bit_length() - 1)
            blocks.append(Block(low, free))
            low += 1 << free
    return tuple(blocks)


def find_block(values: ValueSet) -> Block | None:
    """Return `values` as one block, None where it is none."""
    blocks = list_blocks(values, 1)
    return blocks[0] if blocks else None


def flip_bits(values: ValueSet, mask: int, limit: int) -> ValueSet | None:
    """Return the numbers whose exclusive or with `mask` is in `values`; None where that takes too long."""
    blocks = list_blocks(values, limit)
    if blocks is None:
        return None
    lows = [(block.low ^ mask) >> block.free << block.free for block in blocks]
    return normalize((low, low + (1 << block.free) - 1) for low, block in zip(lows, blocks))


def scale_down(values: ValueSet, shift: int, added: int) -> ValueSet:
    """Return the numbers n for which `(n << shift) + added` is in `values`."""
    return normalize(
        (-((added - low) >> shift) if low > added else 0, (high - added) >> shift)
        for low, high in values
        if high >= added
    )


def scale_up(values: ValueSet, shift: int) -> ValueSet:
    """Return the numbers whose upper bits, without the lowest `shift`, are in `values`."""
    return tuple((low << shift, (high + 1 << shift) - 1) for low, high in values)
