"""Multisets of what is owned: equal when the same blocks are owned as the same objects, equally often.

In: tuples as `owns` emits them. Out: a value that is equal for equal multisets. Runs of data are counted
block by block, so that one run of five blocks equals five runs of one; everything else is an object that only
equals itself.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import TypeAlias

from runtime.template.nodes import DATA, GIVES, TAKES, Kind

_WRAP = 1 << 64

Owned: TypeAlias = tuple[int, ...]

Multiset: TypeAlias = dict[tuple[int, ...], int]
"""How often each object is owned; of data, where runs begin (positive) and end (negative). No zeros."""


def is_plain(kind: Kind) -> bool:
    """Say whether blocks of `kind` are data, block by block."""
    return kind.mode == "own" and kind.template == DATA


def count_owned(tuples: Iterable[Owned], kinds: tuple[Kind, ...]) -> Multiset:
    """Return the multiset of `tuples`."""
    found: Counter[tuple[int, ...]] = Counter()
    for owned in tuples:
        start, count, number = owned[:3]
        if number < len(kinds) and is_plain(kinds[number]):
            for low, high in _pieces(start, start + count):
                found[(number, low)] += 1
                found[(number, high)] -= 1
        else:
            found[(number, start, count, *owned[3:])] += 1
    return {key: times for key, times in found.items() if times}


def _pieces(low: int, high: int) -> list[tuple[int, int]]:
    """Return the run from `low` to `high`, cut where block numbers start again at 0."""
    return [(low, high)] if high <= _WRAP else [(low, _WRAP), (0, high - _WRAP)]


def apply_changes(
    before: Iterable[Owned], changes: Iterable[tuple[int, ...]], kinds: tuple[Kind, ...]
) -> Multiset:
    """Return what is owned before, with what `changes` gives and without what it takes."""
    changes = list(changes)
    gives = [change[1:] for change in changes if change[0] == GIVES]
    takes = [change[1:] for change in changes if change[0] == TAKES]
    total = Counter(count_owned([*before, *gives], kinds))
    for key, times in count_owned(takes, kinds).items():
        total[key] -= times
    return {key: times for key, times in total.items() if times}
