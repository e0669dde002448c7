"""The record of what a disk was told and said: from it follows what a crash may leave (`crash_medium`).

In: the calls of `DiskObserver`. Out: the events, in order. A *cut* is a moment of a crash: cut n is after the
first n events.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Started:
    """A write was handed to the disk."""

    number: int
    sector: int
    data: bytes
    fua: bool


@dataclass(frozen=True, slots=True)
class Done:
    """The disk said that this write is done."""

    number: int


@dataclass(frozen=True, slots=True)
class Flushed:
    """The disk said that a flush is done, before which these writes were done."""

    numbers: tuple[int, ...]


Event: TypeAlias = Started | Done | Flushed


class WriteLog:
    """The record of a run, as an observer of the disk.

    Args:
        base: what the disk held when the log was attached to it.
        write_cache: whether a write that is done is durable only after a flush.
    """

    __slots__ = ("base", "events", "write_cache")

    def __init__(self, base: bytes, write_cache: bool = False) -> None:
        self.base = base
        self.write_cache = write_cache
        self.events: list[Event] = []

    def write_started(self, number: int, sector: int, data: bytes, fua: bool) -> None:
        """Record it."""
        self.events.append(Started(number, sector, data, fua))

    def write_done(self, number: int) -> None:
        """Record it."""
        self.events.append(Done(number))

    def flush_done(self, numbers: Sequence[int]) -> None:
        """Record it."""
        self.events.append(Flushed(tuple(numbers)))
