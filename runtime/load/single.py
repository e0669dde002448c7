"""Call the loop of a packet filter for one message only.

In: the machine code's address. Out: the filter's answer. The loop wants arrays: three cells hold what it
reads and writes for one message.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from runtime.codegen.batch_convention import list_batch_arguments
from runtime.ir.nodes import Function, Region
from runtime.load.buffers import Memory, borrow_memory
from runtime.tables.layout import TABLES_REGION

if TYPE_CHECKING:
    from typing_extensions import Buffer

Cells = ctypes.c_uint64 * 3
"""The offset; the length and, as a u32 each, the answer; `written`."""


def list_single(place: int, message: Memory, ids: int) -> dict[str, int]:
    """Return the arguments of the loop for one message: where its cells, its bytes and its ids are."""
    return {
        "data": message.address,
        "total": message.length,
        "offsets": place,
        "last_offset": 0,
        "lengths": place + 8,
        "last_length": 0,
        "offset_stride": 8,
        "offset_mask": 0,
        "length_stride": 4,
        "answers": place + 12,
        "count": 1,
        "ahead": 1,
        "ids": ids,
        "last_id": 0,
        "written": place + 16,
    }


class SingleCaller:
    """Calls the loop of a filter that returns one number for one message, from any thread.

    What is the same for all messages is found once, and bytes are passed as they are.

    Args:
        function: in the form `batch`.
        address: of its code.
        tables: where its table bytes are.
    """

    def __init__(self, function: Function, address: int, tables: int) -> None:
        (self._region,) = (each for each in function.regions if each.name != TABLES_REGION)
        names = [each.name for each in list_batch_arguments(function)]
        numbers = list_single(0, Memory(0, 0), 0) | {TABLES_REGION: tables}
        self._template: list[int | bytes] = [numbers[name] for name in names]
        wanted = ("data", "total", "offsets", "lengths", "answers")
        self._data, self._total, *self._cells = (names.index(name) for name in wanted)
        kinds: list[type[ctypes.c_uint64 | ctypes.c_char_p]] = [ctypes.c_uint64] * len(names)
        self._entry = ctypes.CFUNCTYPE(ctypes.c_uint64, *kinds)(address)
        kinds[self._data] = ctypes.c_char_p
        self._entry_of_bytes = ctypes.CFUNCTYPE(ctypes.c_uint64, *kinds)(address)

    def ask(self, message: Buffer) -> int:
        """Return the answer."""
        if type(message) is bytes and len(message) <= self._region.maximum and not self._region.constant:
            return self._ask(self._entry_of_bytes, message, len(message))
        with borrow_region(self._region, message) as memory:
            return self._ask(self._entry, memory.address, memory.length)

    def _ask(self, entry: Callable[..., int], data: int | bytes, length: int) -> int:
        cells = Cells(0, length)
        place, given = ctypes.addressof(cells), self._template.copy()
        given[self._data], given[self._total] = data, length
        offsets, lengths, answers = self._cells
        given[offsets], given[lengths], given[answers] = place, place + 8, place + 12
        done = entry(*given)
        assert done == 1, "the message is inside its own data"
        return cells[1] >> 32


@contextmanager
def borrow_region(region: Region, source: Buffer) -> Iterator[Memory]:
    """Borrow the memory of a region whose length is as `region` declares."""
    with borrow_memory(source, writable=region.rights != "read") as memory:
        if memory.length > region.maximum or (region.constant and memory.length != region.maximum):
            bound = "exactly" if region.constant else "at most"
            raise ValueError(
                f"region {region.name} has {memory.length} bytes; it must have {bound} {region.maximum}"
            )
        yield memory
