"""The key of a shape's table: its columns packed into as few machine words as possible.

In: the columns of a shape. Out: words of at most 64 bits, each made of loads that are shifted next to each
other. Columns that abut in the message are one load.

    src 26:32, dst 30:32, sport 34:16, dport 36:16        word 0: 26:64        word 1: 34:32
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from dpfc.formula import Field

if TYPE_CHECKING:
    from dpfc.shapes.shape import Numbers

_WORD = 64


@dataclass(frozen=True, slots=True)
class KeyWord:
    """One word of a key.

    Args:
        loads: what to load, most significant first; together they have at most 64 bits.
        columns: the places of the columns that these loads are made of, and their widths in bits, likewise.
    """

    loads: tuple[Field, ...]
    columns: tuple[tuple[int, int], ...]

    @property
    def bits(self) -> int:
        """How many bits of the word are used."""
        return sum(load.bits for load in self.loads)

    def pack(self, row: Sequence[int]) -> int:
        """Return this word of the key of one row of column values."""
        word = 0
        for place, bits in self.columns:
            word = word << bits | row[place]
        return word

    def pack_columns(self, columns: Sequence[Numbers]) -> Numbers:
        """Return this word of the keys of all rows."""
        import numpy as np

        word = columns[self.columns[0][0]]
        for place, bits in self.columns[1:]:
            word = word << np.uint64(bits) | columns[place]
        return word


def pack_key(columns: Sequence[Field]) -> tuple[KeyWord, ...]:
    """Return the words of a key that is made of `columns`, which are in message order."""
    loads: list[KeyWord] = []
    for place, column in enumerate(columns):
        last = loads[-1] if loads else None
        if last is not None and _abut(last.loads[0], column):
            joined = replace(last.loads[0], bits=last.loads[0].bits + column.bits)
            loads[-1] = KeyWord((joined,), (*last.columns, (place, column.bits)))
        else:
            loads.append(KeyWord((column,), ((place, column.bits),)))
    words: list[KeyWord] = []
    for load in loads:
        if words and words[-1].bits + load.bits <= _WORD:
            words[-1] = KeyWord((*words[-1].loads, *load.loads), (*words[-1].columns, *load.columns))
        else:
            words.append(load)
    return tuple(words)


def _abut(first: Field, second: Field) -> bool:
    """Say whether one load can serve for both."""
    return (
        first.base == second.base
        and first.offset + first.bits == second.offset
        and not (first.little or second.little)
        and first.bits + second.bits <= _WORD
    )
