"""Borrow the memory of Python objects: the address of anything with the buffer protocol, without a copy.

In: bytes, bytearray, memoryview, mmap, array or NumPy array, contiguous. Out: its address and length, valid
inside the `with` statement; the object cannot be resized meanwhile.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing_extensions import Buffer


class _PyBuffer(ctypes.Structure):
    """CPython's `Py_buffer`."""

    _fields_ = (
        ("buf", ctypes.c_void_p),
        ("obj", ctypes.c_void_p),
        ("len", ctypes.c_ssize_t),
        ("itemsize", ctypes.c_ssize_t),
        ("readonly", ctypes.c_int),
        ("ndim", ctypes.c_int),
        ("format", ctypes.c_void_p),
        ("shape", ctypes.c_void_p),
        ("strides", ctypes.c_void_p),
        ("suboffsets", ctypes.c_void_p),
        ("internal", ctypes.c_void_p),
    )


_GET = ctypes.pythonapi.PyObject_GetBuffer
_GET.argtypes = (ctypes.py_object, ctypes.POINTER(_PyBuffer), ctypes.c_int)
_RELEASE = ctypes.pythonapi.PyBuffer_Release
_RELEASE.argtypes = (ctypes.POINTER(_PyBuffer),)
_RELEASE.restype = None
_SIMPLE, _WRITABLE = 0, 1


@dataclass(frozen=True, slots=True)
class Memory:
    """`length` bytes at `address`."""

    address: int
    length: int


@contextmanager
def borrow_memory(source: Buffer, writable: bool = False) -> Iterator[Memory]:
    """Borrow the memory of `source`.

    Raises:
        TypeError: `source` has no buffer.
        BufferError: its memory is not contiguous, or not writable where that is asked for.
    """
    view = _PyBuffer()
    _GET(source, ctypes.byref(view), _WRITABLE if writable else _SIMPLE)
    try:
        yield Memory(view.buf or 0, view.len)
    finally:
        _RELEASE(ctypes.byref(view))
