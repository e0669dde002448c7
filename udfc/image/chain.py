"""Continuations: `own(start, count, like(block))` says that at `start` goes on what is at `block`.

In: continuations, and places at which a type is known, in any order. Out: for each continuation that can be
reached from such a place, the extent with which its chain begins. A chain may be a circle, and two chains may
join; each continuation is followed once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Continuation:
    """An extent that continues another.

    Args:
        row: its number.
        place, length: in bytes.
        owner: the number of the object that says so.
    """

    row: int
    place: int
    length: int
    owner: int


@dataclass(frozen=True, slots=True)
class Head:
    """An extent whose type is known.

    Args:
        row: its number.
        template: of what is there.
        arguments: that its owner passes on.
    """

    row: int
    template: int
    arguments: tuple[int, ...]


class Chains:
    """Continuations that wait for what they continue."""

    def __init__(self) -> None:
        self._heads: dict[int, Head] = {}
        self._waiting: dict[int, list[Continuation]] = {}

    def add_heads(self, heads: Iterable[tuple[int, Head]]) -> Iterator[tuple[Continuation, Head]]:
        """Learn what is at some places; yield the continuations that have waited for it, and their heads."""
        for place, head in heads:
            self._heads.setdefault(place, head)
            yield from self._follow(place, head)

    def add_continuations(
        self, pairs: Iterable[tuple[int, Continuation]]
    ) -> Iterator[tuple[Continuation, Head]]:
        """Learn of continuations, each with the place that it continues; yield those found at once."""
        places = []
        for before, continuation in pairs:
            self._waiting.setdefault(before, []).append(continuation)
            places.append(before)
        for before in places:
            head = self._heads.get(before)
            if head is not None:
                yield from self._follow(before, head)

    def list_lost(self) -> tuple[Continuation, ...]:
        """Return the continuations that nothing leads to, in the order of their rows."""
        lost = (each for waiting in self._waiting.values() for each in waiting)
        return tuple(sorted(lost, key=lambda each: each.row))

    def _follow(self, place: int, head: Head) -> Iterator[tuple[Continuation, Head]]:
        places = [place]
        while places:
            for continuation in self._waiting.pop(places.pop(), ()):
                self._heads.setdefault(continuation.place, head)
                places.append(continuation.place)
                yield continuation, head
