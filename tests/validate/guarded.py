"""Run machine code against guard pages, in a process of its own: `python -m tests.validate.guarded`.

In, on standard input: lines `shape hexadecimal`. Out: for each, `ok`, or `signal N` when the code crashed.
Every area ends, or starts, at a page that may not be touched; what may only be read is mapped so. Each line
runs in a forked child; code that does not end is stopped after a second of processor time, which is no
crash (the validator does not prove termination).
"""

from __future__ import annotations

import ctypes
import mmap
import os
import random
import resource
import signal
import struct
import sys

from runtime.codegen.batch_convention import Array, Number, list_batch_arguments
from runtime.codegen.convention import list_arguments, tuple_bytes
from runtime.ir.nodes import Function
from tests.validate.shapes import SHAPES, TABLE_BYTES, find_form

_PAGE = mmap.PAGESIZE
_NONE, _READ, _WRITE, _EXECUTE = 0, 1, 2, 4
_LENGTHS = (0, 1, 2, 14, 15, 16, 33, 34, 35, 60, 200)
_RUNS = 44

_C = ctypes.CDLL(None, use_errno=True)
_C.mmap.restype = ctypes.c_void_p
_C.mmap.argtypes = (ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int, ctypes.c_int, ctypes.c_int, ctypes.c_long)
_C.mprotect.argtypes = (ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int)


def _map_area(data: bytes, rights: int, at_end: bool) -> int:
    """Return the address of `data` in a page between two guard pages."""
    flags = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS
    start = _C.mmap(None, 3 * _PAGE, _NONE, flags, -1, 0) + _PAGE
    _C.mprotect(start, _PAGE, _READ | _WRITE)
    address = start + _PAGE - len(data) if at_end else start
    ctypes.memmove(address, data, len(data))
    _C.mprotect(start, _PAGE, rights)
    return address


def _run_once(shape: str, entry: int, chance: random.Random, round_: int) -> None:
    make = _make_batch if find_form(shape) == "batch" else _make_call
    numbers = make(SHAPES[shape], chance, round_)
    ctypes.CFUNCTYPE(ctypes.c_uint64, *[ctypes.c_uint64] * len(numbers))(entry)(*numbers)


def _make_call(function: Function, chance: random.Random, round_: int) -> list[int]:
    """Return machine arguments, with the memory that they promise."""
    numbers: list[int] = []
    regions = {region.name: region for region in function.regions}
    length, at_end = 0, round_ % 2 == 0
    for argument in list_arguments(function):
        match argument.kind:
            case "region":
                region = regions[argument.name]
                length = region.maximum if region.constant else _LENGTHS[round_ // 2 % len(_LENGTHS)]
                rights = _READ | _WRITE if region.rights != "read" else _READ
                numbers.append(_map_area(_make_bytes(chance, length), rights, at_end))
            case "length":
                numbers.append(length)
            case "parameter":
                numbers.append(
                    chance.choice((0, 3, 15, 16, 1 << 32, (1 << 64) - 2, chance.randrange(1 << 64)))
                )
            case "tables":
                numbers.append(_map_area(_make_bytes(chance, TABLE_BYTES), _READ, at_end))
            case "emits":
                size = function.emit_limit * tuple_bytes(function.emits)
                numbers.append(_map_area(bytes(size), _READ | _WRITE, at_end))
            case "results":
                numbers.append(_map_area(bytes(8 * len(function.results)), _READ | _WRITE, at_end))
    return numbers


_BATCH_NUMBERS = {
    "total": _LENGTHS,
    "last_offset": (0, 8, 16, 40, 101),
    "last_length": (0, 4, 8, 20, 51),
    "offset_stride": (0, 8, 8, 8, 24, (1 << 64) - 4),
    "offset_mask": (7, (1 << 32) - 1, (1 << 64) - 1, (1 << 64) - 1),
    "length_stride": (0, 4, 4, 4, 24, (1 << 64) - 4),
    "count": (1, 2, 6, 300),
    "ahead": (0, 8, 64, (1 << 63) - 8, (1 << 64) - 1),
    "last_id": (0, 1, 5, 300),
}


def _make_batch(function: Function, chance: random.Random, round_: int) -> list[int]:
    """Return machine arguments of a loop over messages; offsets and lengths are often inside the data."""
    numbers = {name: chance.choice(choices) for name, choices in _BATCH_NUMBERS.items()}
    places = [chance.choice((0, 1, numbers["total"] // 2, 1 << 40)) for _ in range(400)]
    lengths = [chance.choice((0, numbers["total"] // 2, 16, 34, 1 << 31)) for _ in range(400)]
    contents = {
        "offsets": struct.pack("<400Q", *places),
        "lengths": struct.pack("<400I", *lengths),
    }
    given: list[int] = []
    for argument in list_batch_arguments(function):
        match argument:
            case Number(name=name):
                given.append(numbers[name])
            case Array(name=name, rights=rights, size=size, scale=scale, extra=extra):
                room = scale * numbers.get(size, 0) + extra
                content = contents.get(name, _make_bytes(chance, room))[:room]
                writable = _WRITE if rights == "write" else 0
                given.append(_map_area(content, _READ | writable, at_end=round_ % 2 == 0))
    return given


def _make_bytes(chance: random.Random, length: int) -> bytes:
    """Random bytes, all ones, small numbers: what makes headers long and short."""
    kind = chance.randrange(3)
    return bytes(255 if kind == 0 else chance.randrange(256 if kind == 1 else 8) for _ in range(length))


def _run_child(shape: str, code: bytes) -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (1, 2))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    chance = random.Random(0)
    entry = _map_area(code, _READ | _EXECUTE, at_end=True)
    for round_ in range(_RUNS):
        _run_once(shape, entry, chance, round_)
    os._exit(0)


def _judge_line(line: str) -> str:
    shape, digits = line.split()
    child = os.fork()
    if child == 0:
        _run_child(shape, bytes.fromhex(digits))
    _, status = os.waitpid(child, 0)
    if not os.WIFSIGNALED(status) or os.WTERMSIG(status) in (signal.SIGXCPU, signal.SIGKILL):
        return "ok"
    return f"signal {os.WTERMSIG(status)}"


if __name__ == "__main__":
    for _line in sys.stdin:
        print(_judge_line(_line), flush=True)
