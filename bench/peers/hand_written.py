"""The classifiers of `hand_written.c`, compiled for this run: what one would write for these filters alone.

`prepare_batch` is the loop with the classifier inlined, `prepare_singly` one call through a pointer for each
packet.
"""

from __future__ import annotations

import ctypes
import struct
import weakref
from array import array
from collections.abc import Callable
from pathlib import Path
from typing import Literal, TypeAlias

from bench.peers.contender import (
    Frames,
    Peer,
    Prepared,
    Ready,
    absent,
    compile_library,
    make_results,
)
from bench.scale_workload import Row, Scale

_SOURCE = Path(__file__).with_suffix(".c")

Calling: TypeAlias = Literal["batch", "singly"]


class HandWritten:
    """The loaded library; `find_hand_written` makes it."""

    def __init__(self, library: ctypes.CDLL) -> None:
        self._library = library

    def prepare_batch(self, scale: Scale, frames: Frames) -> Prepared:
        """Fill the tables; classify in the loop that inlines the classifier."""
        return self._prepare(scale, frames, "batch")

    def prepare_singly(self, scale: Scale, frames: Frames) -> Prepared:
        """Fill the tables; classify with one call per packet."""
        return self._prepare(scale, frames, "singly")

    def _prepare(self, scale: Scale, frames: Frames, calling: Calling) -> Prepared:
        kind = _KINDS.get(scale.template)
        if kind is None:
            return "there is no hand-written classifier for these filters"
        pointer, size = ctypes.c_void_p, ctypes.c_size_t
        build, free = self._library[f"build_{kind}"], self._library[f"free_{kind}"]
        classify = self._library[f"classify_{kind}" + ("_singly" if calling == "singly" else "")]
        build.restype, build.argtypes = pointer, (ctypes.c_char_p, size)
        free.restype, free.argtypes = None, (pointer,)
        classify.restype, classify.argtypes = None, (pointer, pointer, pointer, pointer, size, pointer)
        table = build(b"".join(map(_pack_fields, scale.rows)), len(scale.rows))
        call = _Call(classify, table, frames, make_results(frames))
        weakref.finalize(call, free, table)
        return Ready(call.run, call.answers, note=f"tables of {_size(kind, scale)} KB")


class _Call:
    """A call over all frames, and all that it needs alive."""

    def __init__(
        self, classify: Callable[..., object], table: int, frames: Frames, results: array[int]
    ) -> None:
        self._classify = classify
        self._arguments = (table, *frames.arguments(results))
        self._frames = frames
        self._results = results

    def run(self) -> None:
        """Classify all frames."""
        self._classify(*self._arguments)

    def answers(self) -> array[int]:
        """Return one number per distinct frame."""
        return self._results[: self._frames.distinct]


_KINDS = {"conn": "sessions", "port": "ports"}


def _pack_fields(row: Row) -> bytes:
    """Return the fields of a filter as they lie in a frame."""
    match row:
        case (source, sport, target, dport):
            return struct.pack(">IIHH", source, target, sport, dport)
        case _:
            return struct.pack(">H", *row)


def _size(kind: str, scale: Scale) -> int:
    """Return what the C code allocates: a power of two of 16-byte slots, or two bytes for every port."""
    slots = 1 << max(1, (2 * len(scale.rows) - 1).bit_length())
    return (16 * slots if kind == "sessions" else 2 << 16) >> 10


def find_hand_written() -> tuple[Peer, Peer]:
    """Compile the library and return two peers: the batch loop, and one call per packet."""
    library = compile_library(_SOURCE)
    if isinstance(library, str):
        return absent(library), absent(library)
    return HandWritten(library).prepare_batch, HandWritten(library).prepare_singly
