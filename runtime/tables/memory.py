"""Memory for open tables: reserved address space that costs nothing until it is written.

A table takes the same address space however few rows it has, so that code may know its size; the system gives
pages when they are first touched, all zero, and every representation of an open table reads zeros as "no
rows". Huge pages were tried (100,000 rows, 4 MiB): no difference. The memory goes back when the last view of
it dies; loaded code does not count, so who runs it keeps the object.
"""

from __future__ import annotations

import ctypes
import mmap
import sys

from runtime.diagnostic import Diagnostic, Refused

_NO_RESERVE = 0x4000 if sys.platform == "linux" else 0  # Linux's MAP_NORESERVE on x86-64, not in `mmap`


class TableMemory:
    """`size` zero bytes.

    Args:
        size: bytes of address space, positive.

    Attributes:
        view: the bytes; also what to hand to `NativeFunction.call`.
        address: where they are.

    Raises:
        Refused: TAB010 if the system has no such address space.
    """

    def __init__(self, size: int) -> None:
        flags = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | _NO_RESERVE
        try:
            self._mapping = mmap.mmap(-1, size, flags=flags, prot=mmap.PROT_READ | mmap.PROT_WRITE)
        except (OSError, OverflowError, ValueError) as reason:
            message = f"the system does not reserve {size} bytes of address space: {reason}"
            notes = ("declare smaller open tables, or raise the limit (`ulimit -v`)",)
            raise Refused(Diagnostic("TAB010", message, notes=notes)) from reason
        self.view = memoryview(self._mapping)
        self.address = ctypes.addressof(ctypes.c_char.from_buffer(self._mapping))

    def discard(self, start: int, stop: int) -> None:
        """Give back the pages wholly in `start`..`stop`: nobody reads or writes these bytes any more."""
        first = start + -start % mmap.PAGESIZE
        length = (stop - first) // mmap.PAGESIZE * mmap.PAGESIZE
        if hasattr(mmap, "MADV_DONTNEED") and length > 0:
            self._mapping.madvise(mmap.MADV_DONTNEED, first, length)
