"""Ask a template's functions in the reference interpreter, and watch which bytes they look at.

In: a template, an object, arguments. Out: tuples and numbers. Replays of counterexamples use it: what it says
is what the functions mean.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import SupportsIndex, overload

from runtime.ir.interpret import Outcome, run_function
from runtime.ir.nodes import Function
from runtime.template.nodes import ARGUMENTS, META, Extent, Method, Template
from runtime.template.policies import PARTITION_BUDGET, WORD, arguments_bytes


class WatchedBytes(bytes):
    """Bytes that remember which of them were looked at."""

    touched: set[int]

    @overload
    def __getitem__(self, key: SupportsIndex, /) -> int: ...

    @overload
    def __getitem__(self, key: slice, /) -> bytes: ...

    def __getitem__(self, key: SupportsIndex | slice, /) -> int | bytes:
        """Return what bytes return, and note it."""
        if isinstance(key, slice):
            self.touched.update(range(*key.indices(len(self))))
            return super().__getitem__(key)
        self.touched.add(key.__index__())
        return super().__getitem__(key)


class WatchedArray(bytearray):
    """Bytes that remember which of them were written."""

    written: set[int]

    @overload
    def __setitem__(self, key: SupportsIndex, value: SupportsIndex, /) -> None: ...

    @overload
    def __setitem__(self, key: slice, value: Iterable[SupportsIndex], /) -> None: ...

    def __setitem__(self, key: SupportsIndex | slice, value: object, /) -> None:
        """Do what a bytearray does, and note it."""
        place = key if isinstance(key, slice) else slice(key.__index__(), key.__index__() + 1)
        self.written.update(range(*place.indices(len(self))))
        super().__setitem__(key, value)  # type: ignore[call-overload]


@dataclass(frozen=True, slots=True)
class Object:
    """One object of a template.

    Args:
        template: what it is.
        meta: its bytes.
        arguments: the region, those of a method included.
    """

    template: Template
    meta: bytes
    arguments: bytes

    def run(self, function: Function, *parameters: int, meta: bytes | bytearray | None = None) -> Outcome:
        """Run one of the functions on it, or on other bytes."""
        memories = {META: self.meta if meta is None else meta, ARGUMENTS: self._find_arguments(function)}
        regions = {region.name: memories[region.name] for region in function.regions}
        return run_function(function, regions, parameters, budget=PARTITION_BUDGET)

    def _find_arguments(self, function: Function) -> bytes:
        """Return the arguments that `function` sees: only a method's functions see those of the method."""
        for method in self.template.methods:
            if function is method.body or function is method.changes:
                return self.arguments
        count = len(self.template.parameters)
        return self.arguments[: WORD * count] if count else bytes(arguments_bytes(0))

    def partitions(self) -> int:
        """Return how many partitions it has."""
        return self.run(self.template.partitions, len(self.meta)).results[0]

    def owns(self, partition: int, meta: bytes | None = None) -> tuple[tuple[int, ...], ...]:
        """Return what a partition owns."""
        return self.run(self.template.owns, partition, meta=meta).emitted

    def reads(self, partition: int) -> list[range]:
        """Return the bytes that a partition may read."""
        emitted = self.run(self.template.reads, partition, len(self.meta)).emitted
        return [range(offset, offset + length) for offset, length in emitted]

    def watch(self, function: Function, *parameters: int) -> tuple[Outcome, list[int]]:
        """Run a function; return also which bytes of the object it looked at, in order."""
        watched = WatchedBytes(self.meta)
        watched.touched = set()
        outcome = self.run(function, *parameters, meta=watched)
        return outcome, sorted(watched.touched)

    def change(self, method: Method) -> tuple[int, bytes, tuple[tuple[int, ...], ...]]:
        """Run a method; return its result, the object after it, and the changes that it claims."""
        after = bytearray(self.meta)
        changes = self.run(method.changes).emitted
        result = self.run(method.body, meta=after).results[0]
        return result, bytes(after), changes

    def watch_change(self, method: Method) -> tuple[int, list[int]]:
        """Run a method; return its result, and which bytes it wrote, in order."""
        after = WatchedArray(self.meta)
        after.written = set()
        result = self.run(method.body, meta=after).results[0]
        return result, sorted(after.written)


def place_extents(extents: tuple[Extent, ...], length: int, base: int = 0) -> Iterator[range]:
    """Yield the bytes of extents of an object of `length` bytes that lies at `base`."""
    for extent in extents:
        end = length if extent.length is None else min(length, extent.offset + extent.length)
        yield range(base + extent.offset, base + max(extent.offset, end))


def intersect(first: range, second: range) -> range:
    """Return the numbers that are in both; both have steps of 1."""
    low = max(first.start, second.start)
    return range(low, max(low, min(first.stop, second.stop)))


def outside(places: list[int], allowed: list[range]) -> list[int]:
    """Return the places that are in none of `allowed`."""
    return [place for place in places if not any(place in each for each in allowed)]
