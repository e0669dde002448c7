"""The bpf(2) system call of Linux on x86-64: maps, program loading, and runs of a program in the kernel.

Every function raises OSError when the kernel refuses: EPERM where programs like this one may not use bpf(2).
"""

from __future__ import annotations

import ctypes
import os
import struct
from typing import Literal, TypeAlias

MapKind: TypeAlias = Literal[1, 2]
HASH: MapKind = 1
ARRAY: MapKind = 2

_SYSTEM_CALL = 321
_MAP_CREATE, _MAP_LOOKUP, _MAP_UPDATE, _PROGRAM_LOAD, _TEST_RUN, _MAP_UPDATE_MANY = 0, 1, 2, 5, 10, 26
_EXPRESS_PATH = 6  # BPF_PROG_TYPE_XDP: TEST_RUN calls it directly, other types through a guarded pointer
_ATTRIBUTE_BYTES = 144
_TESTED = struct.Struct("=4xI28xI")  # the answer, and how long it took
_PACKET = bytes(64)  # TEST_RUN wants one; the programs read their frames from a map


def create_map(kind: MapKind, key_bytes: int, value_bytes: int, entries: int) -> int:
    """Create a map; return its file descriptor."""
    return _call(_MAP_CREATE, struct.pack("=IIIII", kind, key_bytes, value_bytes, entries, 0))


def write_value(descriptor: int, key: bytes, value: bytes) -> None:
    """Set one entry."""
    pointers = (ctypes.create_string_buffer(key, len(key)), ctypes.create_string_buffer(value, len(value)))
    _call(_MAP_UPDATE, struct.pack("=IxxxxQQQ", descriptor, *map(ctypes.addressof, pointers), 0))


def write_values(descriptor: int, keys: bytes, values: bytes, count: int) -> None:
    """Set `count` entries, keys and values one behind the other."""
    pointers = (
        ctypes.create_string_buffer(keys, len(keys)),
        ctypes.create_string_buffer(values, len(values)),
    )
    addresses = map(ctypes.addressof, pointers)
    _call(_MAP_UPDATE_MANY, struct.pack("=QQQQIIQQ", 0, 0, *addresses, count, descriptor, 0, 0))


def read_value(descriptor: int, key: bytes, value_bytes: int) -> bytes:
    """Return one entry."""
    pointers = (ctypes.create_string_buffer(key, len(key)), ctypes.create_string_buffer(value_bytes))
    _call(_MAP_LOOKUP, struct.pack("=IxxxxQQQ", descriptor, *map(ctypes.addressof, pointers), 0))
    return pointers[1].raw


def load_program(instructions: bytes) -> int:
    """Have the kernel verify and compile a program of eight-byte instructions; return its file descriptor."""
    code, terms = ctypes.create_string_buffer(instructions), ctypes.create_string_buffer(b"MIT")
    pointers = map(ctypes.addressof, (code, terms))
    return _call(_PROGRAM_LOAD, struct.pack("=IIQQ", _EXPRESS_PATH, len(instructions) // 8, *pointers))


def run_program(descriptor: int, times: int, message: bytes = _PACKET) -> int:
    """Run a program `times` over, in the kernel, on a packet that stays as the run before left it.

    Returns:
        Nanoseconds per run, rounded down, by the kernel's clock: before the runs the kernel patches its call
        of the program, which takes milliseconds.
    """
    _, _, duration = _test_program(descriptor, times, message)
    return duration


def try_program(descriptor: int, message: bytes) -> tuple[int, bytes]:
    """Run a program once; return its answer, and the packet then."""
    answer, after, _ = _test_program(descriptor, 1, message)
    return answer, after


def _test_program(descriptor: int, times: int, message: bytes) -> tuple[int, bytes, int]:
    size = len(message)
    given, after = ctypes.create_string_buffer(message, size), ctypes.create_string_buffer(size)
    places = ctypes.addressof(given), ctypes.addressof(after)
    head = struct.pack("=IIIIQQI", descriptor, 0, size, size, *places, times)
    attribute = ctypes.create_string_buffer(head, _ATTRIBUTE_BYTES)
    _call_in_place(_TEST_RUN, attribute)
    answer, duration = _TESTED.unpack_from(attribute.raw)
    return int(answer), after.raw, int(duration)


def is_compiled() -> bool:
    """Whether the kernel compiles programs to machine code."""
    try:
        with open("/proc/sys/net/core/bpf_jit_enable", encoding="ascii") as file:
            return file.read().strip() != "0"
    except OSError:
        return True  # a kernel that always compiles has no switch


def _call(command: int, attribute: bytes) -> int:
    return _call_in_place(command, ctypes.create_string_buffer(attribute, _ATTRIBUTE_BYTES))


def _call_in_place(command: int, attribute: ctypes.Array[ctypes.c_char]) -> int:
    system = ctypes.CDLL(None, use_errno=True).syscall
    system.restype, system.argtypes = (
        ctypes.c_long,
        (ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_long),
    )
    result = int(system(_SYSTEM_CALL, command, attribute, _ATTRIBUTE_BYTES))
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), "bpf(2)")
    return result
