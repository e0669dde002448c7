"""How the form `batch` is called: a packet filter inside a loop over many messages.

The code goes on until all messages are done, or stops at one that is not inside the data, is longer than the
filter accepts, or (for filters that emit) might not have room for its ids. It returns how many messages are
done; `count` + 1 says that the filter emitted more than it may, an internal error.

    offset[i] = u64 at offsets + i * offset_stride, and offset_mask       (u32 offsets: 2**32 - 1)
    length[i] = u32 at lengths + i * length_stride
    answer[i] = what the filter returns, or how many ids it emits: they follow one another in `ids`
    written   = how many ids there are, all messages together

All arrays may change while the code runs. Each offset and length is loaded once and checked before it is
used; where the next ones are is compared with the last place that may be read, in every iteration.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from runtime.codegen.convention import Form
from runtime.ir.nodes import Function, Region, Rights, Type
from runtime.tables.layout import TABLES_REGION

ID_BYTES = 4
"""Answers and ids are u32 numbers."""

_LENGTHS = (1 << 32) - 1  # are u32 numbers too


@dataclass(frozen=True, slots=True)
class Number:
    """A machine argument that is a number.

    Args:
        size: True where it counts things in memory, False where it may be any u64.
    """

    name: str
    size: bool = True


@dataclass(frozen=True, slots=True)
class Array:
    """A machine argument that is a pointer to `scale` * `size` + `extra` bytes.

    Args:
        size: the name of the `Number`; empty where `scale` is 0.
    """

    name: str
    rights: Rights
    size: str
    scale: int
    extra: int = 0


BatchArgument: TypeAlias = Number | Array


def choose_form(function: Function) -> Form:
    """Return the form of `function`: `batch` where all that it takes is one message, to read.

    It answers with one number of at most 32 bits, or emits such numbers.
    """
    messages = [region for region in function.regions if region.name != TABLES_REGION]
    if len(messages) != 1 or function.parameters or not _is_message(messages[0]):
        return "call"
    if function.emits:
        return "batch" if function.emits == (Type.U32,) and not function.results else "call"
    return "batch" if len(function.results) == 1 and function.results[0].bits <= 32 else "call"


def _is_message(region: Region) -> bool:
    return region.rights == "read" and not region.constant and region.maximum <= _LENGTHS


def find_message(function: Function) -> Region:
    """Return the region of the messages of a function whose form is `batch`."""
    return next(region for region in function.regions if region.name != TABLES_REGION)


def list_batch_arguments(function: Function) -> tuple[BatchArgument, ...]:
    """Return the machine arguments of `function` in the form `batch`, in order.

    With each message, the one whose offset stands `ahead` bytes behind its offset is prefetched, if there is
    one: none is where `ahead` is huge.
    """
    arguments: list[BatchArgument] = [
        Array("data", "read", "total", 1),
        Number("total"),
        Array("offsets", "read", "last_offset", 1, 8),
        Number("last_offset"),
        Array("lengths", "read", "last_length", 1, 4),
        Number("last_length"),
        Number("offset_stride", size=False),
        Number("offset_mask", size=False),
        Number("length_stride", size=False),
        Array("answers", "write", "count", ID_BYTES),
        Number("count"),
        Number("ahead", size=False),
    ]
    tables = (region for region in function.regions if region.name == TABLES_REGION)
    arguments += [Array("tables", "read", "", 0, region.maximum) for region in tables]
    if function.emits:
        arguments.append(Array("ids", "write", "last_id", ID_BYTES, ID_BYTES * function.emit_limit))
        arguments.append(Number("last_id"))
        arguments.append(Array("written", "write", "", 0, 8))
    return tuple(arguments)
