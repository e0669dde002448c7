"""Memory for loaded programs: pages that are writable first and then, for good, executable or read-only.

In: bytes. Out: `Pages` that hold them; never writable and executable at the same time. The pages are given
back when the object dies.
"""

from __future__ import annotations

import ctypes
import mmap
import os
import weakref
from typing import Literal

_LIBC = ctypes.CDLL(None, use_errno=True)
_MMAP = _LIBC.mmap
_MMAP.restype = ctypes.c_void_p
_MMAP.argtypes = (
    ctypes.c_void_p,
    ctypes.c_size_t,
    ctypes.c_int,
    ctypes.c_int,
    ctypes.c_int,
    ctypes.c_longlong,
)
_MPROTECT = _LIBC.mprotect
_MPROTECT.argtypes = (ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int)
_MUNMAP = _LIBC.munmap
_MUNMAP.argtypes = (ctypes.c_void_p, ctypes.c_size_t)
_FAILED = ctypes.c_void_p(-1).value


class Pages:
    """A copy of some bytes on pages of its own.

    Args:
        data: what to hold.
        use: "execute" for code, "read" for tables.

    Raises:
        OSError: the system refuses memory, or executable memory.
    """

    def __init__(self, data: bytes, use: Literal["execute", "read"]) -> None:
        size = -(-max(1, len(data)) // mmap.PAGESIZE) * mmap.PAGESIZE
        address = _MMAP(
            None, size, mmap.PROT_READ | mmap.PROT_WRITE, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS, -1, 0
        )
        if address is None or address == _FAILED:
            raise _make_error()
        finalizer = weakref.finalize(self, _MUNMAP, address, size)
        finalizer.atexit = False  # a thread may still be running the code
        ctypes.memmove(address, data, len(data))
        rights = mmap.PROT_READ | (mmap.PROT_EXEC if use == "execute" else 0)
        if _MPROTECT(address, size, rights) != 0:
            raise _make_error()
        self.address: int = address


def _make_error() -> OSError:
    number = ctypes.get_errno()
    return OSError(number, os.strerror(number))
