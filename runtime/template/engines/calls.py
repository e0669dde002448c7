"""One function of a template, ready to be asked: by the interpreter, or as native code.

In: a function and its policy. Out: a `Caller`; both kinds answer alike. Tuples come as an array, one row for
each; it is the asker's own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol, TypeAlias

import numpy as np
import numpy.typing as npt

from runtime.ir.interpret import prepare_function
from runtime.ir.nodes import Function
from runtime.ir.verify import verify_function
from runtime.load.direct import DirectCall, RegionMemory
from runtime.pipeline import load_compiled
from runtime.policy import Policy
from runtime.tables.layout import TABLES_REGION
from runtime.template.engines.optimized import compile_optimized

_ROOM = 1 << 20
"""Bytes of tuples that are gathered before they are copied."""

Tuples: TypeAlias = npt.NDArray[np.uint64]

Memories: TypeAlias = Mapping[str, RegionMemory]
"""The memory of the regions, by name; a function takes those that it declares."""


class Caller(Protocol):
    """A function that can be asked."""

    def answer(self, memories: Memories, numbers: Sequence[int], clock: int = 0) -> int:
        """Return the function's one result."""

    def collect(self, memories: Memories, numbers: Sequence[int]) -> Tuples:
        """Return what the function emits."""


class InterpretedCaller:
    """The interpreter: it needs nothing of the host, and faults where a proof was wrong.

    Args:
        function: verified here; not proved.
        policy: its budget is kept.

    Raises:
        Refused: IR codes.
    """

    def __init__(self, function: Function, policy: Policy) -> None:
        verify_function(function)
        self._prepared = prepare_function(function)
        self._budget = policy.budget
        self._width = len(function.emits)

    def answer(self, memories: Memories, numbers: Sequence[int], clock: int = 0) -> int:
        """Return the function's one result; `clock` is the time if it asks."""
        (result,) = self._prepared.run(memories, numbers, {"clock": lambda: clock}, self._budget).results
        return result

    def collect(self, memories: Memories, numbers: Sequence[int]) -> Tuples:
        """Return what the function emits."""
        emitted = self._prepared.run(memories, numbers, budget=self._budget).emitted
        return np.array(emitted, dtype=np.uint64).reshape(len(emitted), self._width)


class NativeCaller:
    """Native code, proved, compiled and validated here.

    Raises:
        Refused: IR, CHK, TAB, GEN or VAL codes.
        OSError: the system gives no executable memory.
    """

    def __init__(self, function: Function, policy: Policy, cache: Path | None) -> None:
        native = load_compiled(compile_optimized(function, policy, cache))
        regions = (region.name for region in native.function.regions)
        self._regions = tuple(name for name in regions if name != TABLES_REGION)
        self._call = DirectCall(native)
        self._limit, self._width = function.emit_limit, len(function.emits)
        self._free: list[tuple[Tuples, int]] = []  # buffers that no call is using, with their addresses

    @property
    def address(self) -> int:
        """Where the code is, as long as this object lives: for callers that are not Python."""
        return self._call.address

    def answer(self, memories: Memories, numbers: Sequence[int], clock: int = 0) -> int:
        """Return the function's one result; it does not ask for the time."""
        return self._call.run([memories[name] for name in self._regions], numbers)

    def collect(self, memories: Memories, numbers: Sequence[int]) -> Tuples:
        """Return what the function emits; several threads may ask at once."""
        try:
            room = self._free.pop()
        except IndexError:
            room = self._make_room()
        try:
            count = self._call.run([memories[name] for name in self._regions], numbers, room[1])
            assert count <= self._limit, "the checker has proved that there is room"
            return room[0][: count * self._width].reshape(count, self._width).copy()
        finally:
            self._free.append(room)

    def collect_each(
        self, columns: Mapping[str, tuple[Sequence[int], Sequence[int]]], numbers: Sequence[int]
    ) -> tuple[Tuples, list[int]]:
        """Return what the function emits about many objects, and how many tuples each emits.

        Args:
            columns: of each region the addresses and lengths, one for each object; the memory stays there.
            numbers: the same for all.
        """
        room, address = self._make_room(_ROOM // (8 * self._width))
        step, last = 8 * self._width, address + room.nbytes - 8 * self._limit * self._width
        entry, at, parts, counts = self._call.entry, address, [], []
        for given in self._call.list_calls([columns[name] for name in self._regions], numbers):
            count = entry(*given, at)
            counts.append(count)
            at += count * step
            if at > last:
                parts.append(room[: (at - address) // 8].copy())
                at = address
        parts.append(room[: (at - address) // 8])
        return np.concatenate(parts).reshape(-1, self._width), counts

    def _make_room(self, more: int = 0) -> tuple[Tuples, int]:
        """Return room for `more` tuples and the most of one call, and its address."""
        array: Tuples = np.empty((more + self._limit) * self._width, dtype=np.uint64)
        return array, array.ctypes.data
