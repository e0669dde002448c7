"""Run a loaded packet filter over many messages in one call, without Python in between and without the GIL.

In: a `NativeFunction` with the arguments of a packet filter (one region with a length), the bytes of many
messages, and arrays that say where each one is. Out: the answers, in arrays of the caller's, and how many
messages were done. All arrays are native machine numbers: little-endian, since the code is x86-64.
"""

from __future__ import annotations

import ctypes
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

from runtime.ir.nodes import Type
from runtime.load.buffers import borrow_memory
from runtime.load.native import NativeFunction

if TYPE_CHECKING:
    from typing_extensions import Buffer

Reason: TypeAlias = Literal["done", "outside", "room"]


_AHEAD = 8
"""Messages between the one being classified and the one being fetched."""

_CACHED = 1 << 18
"""Data up to so many bytes is taken to be in the second-level cache, where fetching ahead only costs."""


@dataclass(frozen=True, slots=True)
class Messages:
    """Where many messages are.

    Args:
        data: their bytes.
        offsets: one u64 (or u32) per message: where it starts in `data`.
        lengths: one u32 per message, in bytes.
        count: how many messages.
        offset_stride: bytes from one offset to the next, so that arrays of records can be read in place.
        length_stride: bytes from one length to the next.
        offset_bytes: 8, or 4 where offsets are u32; then every offset must have 4 readable bytes behind it.
    """

    data: Buffer
    offsets: Buffer
    lengths: Buffer
    count: int
    offset_stride: int = 8
    length_stride: int = 4
    offset_bytes: Literal[4, 8] = 8


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run got.

    Args:
        processed: messages done, from the first on.
        emitted: ids written, all messages together.
        reason: done - all of them; outside - the next message is not inside the data or is longer than the
            filter accepts; room - there may not be room for the ids of the next message.
    """

    processed: int
    emitted: int
    reason: Reason


class _Job(ctypes.Structure):
    """The struct that `runtime.load.trampoline` describes."""

    _fields_ = tuple(
        (name, ctypes.c_uint64)
        for name in (
            "far",
            "base",
            "total_bytes",
            "offsets",
            "offset_stride",
            "lengths",
            "length_stride",
            "count",
            "results",
            "tables",
            "maximum",
            "ids",
            "room",
            "emit_limit",
            "offset_mask",
            "ahead",
        )
    )


def run_filter(native: NativeFunction, messages: Messages, results: Buffer) -> Progress:
    """Run a filter that returns one number: `results[i]`, a u32, is its answer for message i.

    Raises:
        ValueError: the function is no such filter, or an array is too short.
        TypeError, BufferError: an array's memory cannot be borrowed.
    """
    function = native.function
    if function.emits or len(function.results) != 1 or function.results[0].bits > 32:
        raise ValueError(f"{function.name} is not a filter that returns one number")
    return _run_loop(native, messages, results, None)


def run_emitting_filter(native: NativeFunction, messages: Messages, counts: Buffer, ids: Buffer) -> Progress:
    """Run a filter that emits numbers: `counts[i]` of them for message i, one after another in `ids`.

    Counts and ids are u32 numbers.

    It stops while there is not room in `ids` for `emit_limit` numbers: take the ids and call it again with
    the rest of the messages.

    Raises:
        ValueError: the function is no such filter, or an array is too short.
        TypeError, BufferError: an array's memory cannot be borrowed.
    """
    function = native.function
    if function.emits != (Type.U32,) or function.results:
        raise ValueError(f"{function.name} is not a filter that emits numbers")
    return _run_loop(native, messages, counts, ids)


def _run_loop(native: NativeFunction, messages: Messages, results: Buffer, ids: Buffer | None) -> Progress:
    _check_arguments(native)
    count = messages.count
    with ExitStack() as stack:
        data = stack.enter_context(borrow_memory(messages.data))
        offsets = stack.enter_context(borrow_memory(messages.offsets))
        lengths = stack.enter_context(borrow_memory(messages.lengths))
        written = stack.enter_context(borrow_memory(results, writable=True))
        _check_array("offsets", offsets.length, count, messages.offset_stride, 8)
        _check_array("lengths", lengths.length, count, messages.length_stride, 4)
        _check_array("results", written.length, count, 4, 4)
        job = _Job(
            far=_AHEAD if data.length > _CACHED else count,
            base=data.address,
            total_bytes=data.length,
            offsets=offsets.address,
            offset_stride=messages.offset_stride,
            lengths=lengths.address,
            length_stride=messages.length_stride,
            count=count,
            results=written.address,
            tables=native.tables if native.function.tables else 0,
            maximum=native.function.regions[0].maximum,
            emit_limit=native.function.emit_limit,
            offset_mask=(1 << 8 * messages.offset_bytes) - 1,
            ahead=_AHEAD * messages.offset_stride,
        )
        room = 0
        if ids is not None:
            memory = stack.enter_context(borrow_memory(ids, writable=True))
            job.ids, room = memory.address, memory.length // 4
            job.room = room
        processed = native.run_loop(ctypes.addressof(job))
        stopped = _find_reason(job, processed, messages, data.length)
        return Progress(processed, room - job.room, stopped)


def _check_arguments(native: NativeFunction) -> None:
    """Refuse functions that the loops cannot call."""
    kinds = [argument.kind for argument in native.arguments]
    wanted = ["region", "length"]
    wanted += ["tables"] if native.function.tables else []
    wanted += ["emits"] if native.function.emits else []
    if kinds != wanted or native.function.regions[0].rights != "read":
        raise ValueError(f"{native.function.name} does not take one message of any length, to read")


def _check_array(name: str, length: int, count: int, stride: int, size: int) -> None:
    """Refuse an array that ends before its last element."""
    if count < 0 or stride < 0:
        raise ValueError("counts and strides are not negative")
    if count and (count - 1) * stride + size > length:
        raise ValueError(f"{name} has {length} bytes: too few for {count} messages")


def _find_reason(job: _Job, processed: int, messages: Messages, total_bytes: int) -> Reason:
    """Say why the loop stopped before the message after those `processed`."""
    if processed == messages.count:
        return "done"
    place = job.offsets + processed * messages.offset_stride
    offset = ctypes.c_uint64.from_address(place).value & job.offset_mask
    length = ctypes.c_uint32.from_address(job.lengths + processed * messages.length_stride).value
    if offset + length > total_bytes or length > job.maximum:
        return "outside"
    assert job.room < job.emit_limit, "the filter emitted more than it may"
    return "room"
