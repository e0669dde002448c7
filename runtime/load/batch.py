"""Run a loaded packet filter over many messages in one call, without Python in between and without the GIL.

In: a `NativeFunction` of the form `batch`, the bytes of many messages, and arrays that say where each one is.
Out: the answers, in arrays of the caller's, and how many messages were done. All arrays are native machine
numbers: little-endian, since the code is x86-64.
"""

from __future__ import annotations

import ctypes
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

from runtime.codegen.batch_convention import ID_BYTES
from runtime.load.buffers import Memory, borrow_memory
from runtime.load.native import NativeFunction

if TYPE_CHECKING:
    from typing_extensions import Buffer

Reason: TypeAlias = Literal["done", "outside", "room"]


_AHEAD = 16
"""Messages between the one being classified and the one being fetched; 8 were too few for main memory."""

_CACHED = 1 << 18
"""Data up to so many bytes is taken to be in the second-level cache, where fetching ahead only costs."""

_NO_FETCH = (1 << 64) - 1
"""Further on than any array ends."""


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


def run_filter(
    native: NativeFunction, messages: Messages, results: Buffer, prefetch: bool = True
) -> Progress:
    """Run a filter that returns one number: `results[i]`, a u32, is its answer for message i.

    Args:
        native: the filter.
        messages: where they are.
        results: room for an answer each.
        prefetch: whether messages are fetched ahead where they are not in cache anyway.

    Raises:
        ValueError: the function is no such filter, or an array is too short.
        TypeError, BufferError: an array's memory cannot be borrowed.
    """
    function = native.function
    if not native.takes_messages or function.emits:
        raise ValueError(f"{function.name} is not a filter that returns one number")
    with ExitStack() as stack:
        processed = native.run_batch(_borrow_arrays(stack, messages, results, prefetch))
    return Progress(processed, 0, "done" if processed == messages.count else "outside")


def run_emitting_filter(
    native: NativeFunction, messages: Messages, counts: Buffer, ids: Buffer, prefetch: bool = True
) -> Progress:
    """Run a filter that emits numbers: `counts[i]` of them for message i, one after another in `ids`.

    Counts and ids are u32 numbers.

    It stops while there is not room in `ids` for `emit_limit` numbers: take the ids and call it again with
    the rest of the messages.

    Raises:
        ValueError: the function is no such filter, or an array is too short.
        TypeError, BufferError: an array's memory cannot be borrowed.
    """
    function = native.function
    if not native.takes_messages or not function.emits:
        raise ValueError(f"{function.name} is not a filter that emits numbers")
    with ExitStack() as stack:
        numbers = _borrow_arrays(stack, messages, counts, prefetch)
        memory = stack.enter_context(borrow_memory(ids, writable=True))
        last_id = memory.length // ID_BYTES - function.emit_limit
        if last_id < 0:
            return Progress(0, 0, "room" if messages.count else "done")
        written = ctypes.c_uint64()
        numbers |= {"ids": memory.address, "last_id": last_id, "written": ctypes.addressof(written)}
        processed = native.run_batch(numbers)
    return Progress(processed, written.value, _find_reason(processed, written.value, messages.count, last_id))


def _find_reason(processed: int, emitted: int, count: int, last_id: int) -> Reason:
    """Say why the loop stopped, which looks for room before it looks at the message."""
    if processed == count:
        return "done"
    return "room" if emitted > last_id else "outside"


def _borrow_arrays(stack: ExitStack, messages: Messages, answers: Buffer, prefetch: bool) -> dict[str, int]:
    """Return the machine arguments, by name, of a loop over `messages`, whose memory `stack` holds."""
    count = messages.count
    data = stack.enter_context(borrow_memory(messages.data))
    offsets = stack.enter_context(borrow_memory(messages.offsets))
    lengths = stack.enter_context(borrow_memory(messages.lengths))
    written = stack.enter_context(borrow_memory(answers, writable=True))
    _check_array("offsets", offsets, count, messages.offset_stride, 8)
    _check_array("lengths", lengths, count, messages.length_stride, 4)
    _check_array("results", written, count, ID_BYTES, ID_BYTES)
    return {
        "data": data.address,
        "total": data.length,
        "offsets": offsets.address,
        "last_offset": offsets.length - 8 if count else 0,
        "lengths": lengths.address,
        "last_length": lengths.length - 4 if count else 0,
        "offset_stride": messages.offset_stride,
        "offset_mask": (1 << 8 * messages.offset_bytes) - 1,
        "length_stride": messages.length_stride,
        "answers": written.address,
        "count": count,
        "ahead": _AHEAD * messages.offset_stride if prefetch and data.length > _CACHED else _NO_FETCH,
    }


def _check_array(name: str, memory: Memory, count: int, stride: int, size: int) -> None:
    """Refuse an array that ends before its last element."""
    if count < 0 or stride < 0:
        raise ValueError("counts and strides are not negative")
    if count and (count - 1) * stride + size > memory.length:
        raise ValueError(f"{name} has {memory.length} bytes: too few for {count} messages")
