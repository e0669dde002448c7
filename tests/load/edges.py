"""Memory with unreadable pages on both sides: a read one byte too far ends the process."""

from __future__ import annotations

import ctypes
import mmap
from collections.abc import Iterator
from contextlib import contextmanager

_LIBC = ctypes.CDLL(None, use_errno=True)


@contextmanager
def make_fenced_page() -> Iterator[memoryview]:
    """Give one page of memory between two pages that cannot be touched."""
    area = mmap.mmap(-1, 3 * mmap.PAGESIZE)
    anchor = ctypes.c_char.from_buffer(area)
    start = ctypes.addressof(anchor)
    for page in (0, 2):
        address = ctypes.c_void_p(start + page * mmap.PAGESIZE)
        assert _LIBC.mprotect(address, ctypes.c_size_t(mmap.PAGESIZE), 0) == 0
    view = memoryview(area)
    middle = view[mmap.PAGESIZE : 2 * mmap.PAGESIZE]
    try:
        yield middle
    finally:
        middle.release()
        view.release()
        del anchor
        area.close()
