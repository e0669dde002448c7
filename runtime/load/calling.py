"""A loop over many messages that calls the filter: for code whose inlined loop the validator could not prove.

In: a function of the form `call` that takes one message. Out: the hand-written loop in front of it, and
the struct that the loop reads. Everything is asked for as in the form `batch`, and answered alike.
"""

from __future__ import annotations

import ctypes
from collections.abc import Mapping

from runtime.codegen.batch_convention import choose_form, find_message
from runtime.ir.nodes import Function
from runtime.load.trampoline import EMITTING_LISTING, FILTER_LISTING, place_loop
from runtime.tables.layout import TABLES_REGION


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


def choose_loop(function: Function) -> bytes:
    """Return the loop for code of the form `call`; nothing for functions that take no single message."""
    if choose_form(function) != "batch":
        return b""
    return place_loop(EMITTING_LISTING if function.emits else FILTER_LISTING)


def run_calls(loop: int, function: Function, tables: int, numbers: Mapping[str, int]) -> int:
    """Run the loop at address `loop`.

    Args:
        loop: in front of the function's code.
        function: what it calls.
        tables: where its tables are.
        numbers: the arguments of the form `batch`, by name.

    Returns:
        How many messages were done.
    """
    count, stride = numbers["count"], numbers["offset_stride"]
    fetching = bool(stride) and numbers["ahead"] <= count * stride
    room = numbers["last_id"] + function.emit_limit if function.emits else 0
    job = _Job(
        far=numbers["ahead"] // stride if fetching else count,
        base=numbers["data"],
        total_bytes=numbers["total"],
        offsets=numbers["offsets"],
        offset_stride=stride,
        lengths=numbers["lengths"],
        length_stride=numbers["length_stride"],
        count=count,
        results=numbers["answers"],
        tables=tables if any(region.name == TABLES_REGION for region in function.regions) else 0,
        maximum=find_message(function).maximum,
        ids=numbers.get("ids", 0),
        room=room,
        emit_limit=function.emit_limit,
        offset_mask=numbers["offset_mask"],
        ahead=numbers["ahead"] if fetching else 0,
    )
    done = int(ctypes.CFUNCTYPE(ctypes.c_uint64, ctypes.c_void_p)(loop)(ctypes.addressof(job)))
    if function.emits:
        ctypes.c_uint64.from_address(numbers["written"]).value = room - job.room
    return done
