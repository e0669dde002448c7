"""Borrow the memory of Python objects: the address of anything with the buffer protocol, without a copy.

In: bytes, bytearray, memoryview, mmap, array or NumPy array, contiguous. Out: its address and length, valid
inside the `with` statement; the object cannot be resized meanwhile.
"""

from __future__ import annotations

import ctypes
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


@dataclass(slots=True)
class Memory:
    """`length` bytes at `address`."""

    address: int
    length: int


class BorrowedMemory:
    """The memory of an object inside a `with` statement; a class, because a generator takes twice as long."""

    __slots__ = ("_flags", "_source", "_view")

    def __init__(self, source: Buffer, flags: int) -> None:
        self._source, self._flags = source, flags

    def __enter__(self) -> Memory:
        view = self._view = _PyBuffer()
        _GET(self._source, view, self._flags)
        return Memory(view.buf or 0, view.len)

    def __exit__(self, *_: object) -> None:
        _RELEASE(self._view)


def borrow_memory(source: Buffer, writable: bool = False) -> BorrowedMemory:
    """Borrow the memory of `source`; entering raises what follows.

    Raises:
        TypeError: `source` has no buffer.
        BufferError: its memory is not contiguous, or not writable where that is asked for.
    """
    return BorrowedMemory(source, _WRITABLE if writable else _SIMPLE)
