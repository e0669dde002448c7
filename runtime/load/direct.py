"""Call loaded code often, with little around the call: regions by position, numbers, one buffer for tuples.

In: a `NativeFunction` of the form `call`. Out: a `DirectCall`. `NativeFunction.call` does the same for one
call at leisure: it makes a buffer each time and decodes what was emitted into Python numbers. Here the caller
brings the buffer, and looks at the packed tuples as they are.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import repeat
from typing import TypeAlias

from runtime.load.buffers import BorrowedMemory, borrow_memory
from runtime.load.native import NativeFunction

RegionMemory: TypeAlias = bytes | memoryview

_POINTERS = ("region", "tables", "emits", "results")


class DirectCall:
    """A loaded function with at most one result, ready to be called.

    Args:
        native: of the form `call`.
    """

    def __init__(self, native: NativeFunction) -> None:
        assert native.form == "call", "the other form is for packet filters"
        assert len(native.function.results) <= 1, "the answer is rax"
        assert not any(argument.kind == "results" for argument in native.arguments), "the answer is rax"
        self._native = native  # keeps the pages
        self._regions = tuple(
            region for region in native.function.regions if region.name in {a.name for a in native.arguments}
        )
        self._expected = tuple(
            (r.name, r.maximum if r.constant else 0, r.maximum, r.rights == "read", not r.constant)
            for r in self._regions
        )
        self._has_tables = any(argument.kind == "tables" for argument in native.arguments)
        kinds = (ctypes.c_void_p if a.kind in _POINTERS else ctypes.c_uint64 for a in native.arguments)
        self._entry = ctypes.CFUNCTYPE(ctypes.c_uint64, *kinds)(native.address)

    @property
    def address(self) -> int:
        """Where the first instruction is, as long as this object lives."""
        return self._native.address

    @property
    def entry(self) -> Callable[..., int]:
        """The code itself, for `list_calls`: whoever calls it answers for the addresses."""
        return self._entry

    def list_calls(
        self, columns: Sequence[tuple[Sequence[int], Sequence[int]]], numbers: Sequence[int]
    ) -> Iterator[tuple[int, ...]]:
        """Yield what the code takes, call after call, without the address for what it emits.

        Args:
            columns: for each region that the function declares, addresses and lengths, one for each call.
            numbers: the same for all calls.

        Raises:
            ValueError: a region has a length that the function does not expect.
        """
        given: list[Iterable[int]] = []
        for region, (addresses, lengths) in zip(self._regions, columns, strict=True):
            longest, shortest = max(lengths, default=0), min(lengths, default=region.maximum)
            if longest > region.maximum or (region.constant and shortest < region.maximum):
                raise ValueError(f"region {region.name} has {longest} bytes, declared {region.maximum}")
            given.append(addresses)
            if not region.constant:
                given.append(lengths)
        constants = ([self._native.tables] if self._has_tables else []) + list(numbers)
        return zip(*given, *map(repeat, constants))

    def run(self, memories: Sequence[RegionMemory], numbers: Sequence[int], emits: int | None = None) -> int:
        """Run the function once and return rax: the result, or how many tuples were emitted.

        Args:
            memories: of the regions that the function declares, in that order.
            numbers: below 2**64, one for each parameter.
            emits: the address of room for `emit_limit` tuples, where it emits.

        Raises:
            ValueError: a region has a length that the function does not expect.
            BufferError: a region that it may write is read-only.
        """
        given: list[int | bytes] = []
        borrowed: list[BorrowedMemory] = []
        try:
            for expected, memory in zip(self._expected, memories, strict=True):
                name, least, most, is_read, is_sized = expected
                length = len(memory)
                if not least <= length <= most:
                    raise ValueError(f"region {name} has {length} bytes, declared {most}")
                if is_read and type(memory) is bytes:
                    given.append(memory)  # ctypes passes the address
                else:
                    borrowing = borrow_memory(memory, writable=not is_read)
                    given.append(borrowing.__enter__().address)
                    borrowed.append(borrowing)
                if is_sized:
                    given.append(length)
            if self._has_tables:
                given.append(self._native.tables)
            given += numbers
            if emits is not None:
                given.append(emits)
            return int(self._entry(*given))
        finally:
            for borrowing in borrowed:
                borrowing.__exit__()
