"""eBPF programs for the two workloads, as instructions: what clang would make of this C.

    struct slot { u32 offset, length, result, unused; };
    struct { u8 frames[FRAMES_BYTES]; struct slot slots[SLOTS]; u64 next; } *memory;

    int classify(void) {
        struct slot *slot = &memory->slots[memory->next++ & (SLOTS - 1)];
        u8 *frame = &memory->frames[slot->offset & (FRAMES_BYTES - 1)];
        u32 number = 0;
        if (slot->length >= 38 && type(frame) == 0x0800 && frame[14] == 0x45 && frame[23] == PROTOCOL)
            number = lookup(frame);
        slot->result = number;
        return 0;
    }

Each run classifies the frame of the next slot, so that runs in a row see all of them: one packet again and
again would teach the branch predictor. `memory` is the only value of a map.
"""

from __future__ import annotations

import struct
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from bench.peers.contender import PASSES
from bench.scale_workload import FRAME_BYTES, PACKETS

SLOTS = PASSES * PACKETS
_FRAMES_BYTES = PACKETS * FRAME_BYTES
_SLOT_WORDS = 4
_LENGTH_AT, _RESULT_AT = 4, 8
_NEXT_AT = _FRAMES_BYTES + 4 * _SLOT_WORDS * SLOTS
MEMORY_BYTES = _NEXT_AT + 8

_Width: TypeAlias = Literal[1, 2, 4, 8]
_SIZES: dict[_Width, int] = {4: 0x00, 2: 0x08, 1: 0x10, 8: 0x18}
_ADD, _AND, _SHIFT, _SET = 0x07, 0x57, 0x67, 0xB7
_ADD_REGISTER, _COPY = 0x0F, 0xBF
_IF_EQUAL, _IF_OTHER, _IF_LESS, _IF_MORE = 0x15, 0x55, 0xA5, 0x25
_TO_BIG_ENDIAN, _CALL, _EXIT = 0xDC, 0x85, 0x95
_LOOK_UP, _OWN_FUNCTION, _MAP, _MAP_VALUE = 1, 1, 1, 2
_FARTHEST = (1 << 15) - 1  # what a jump's 16 bits reach
_RESULT, _STACK = 0, 10
_FIRST, _SECOND, _FRAME, _SLOT = 1, 2, 7, 9


@dataclass(frozen=True, slots=True)
class Lookup:
    """What comes behind the header checks: leaves the number in register 0, which holds 0 before.

    Args:
        protocol: the IPv4 protocol it is for.
        code: instructions, run with the frame's address in register 7.
        function: what the last instruction of `code` calls; may be empty.
    """

    protocol: int
    code: bytes
    function: bytes


def lay_out_memory(frames: bytes, offsets: Sequence[int], lengths: Sequence[int]) -> bytes:
    """Return the value of the map: all frames, then one slot per offset and length, in order."""
    slots = array("I", bytes(4 * _SLOT_WORDS * SLOTS))
    slots[0::_SLOT_WORDS], slots[1::_SLOT_WORDS] = array("I", offsets), array("I", lengths)
    return (frames + slots.tobytes()).ljust(MEMORY_BYTES, b"\0")


def read_results(memory: bytes) -> array[int]:
    """Return the results of all slots."""
    return array("I", memory[_FRAMES_BYTES:_NEXT_AT])[_RESULT_AT // 4 :: _SLOT_WORDS]


def write_program(memory: int, lookup: Lookup) -> bytes:
    """Return the whole program.

    Args:
        memory: descriptor of the map.
        lookup: how a frame with the right headers is classified.
    """
    start = (
        _wide(_SLOT, _MAP_VALUE, memory, _NEXT_AT)
        + _load(8, _FIRST, _SLOT, 0)
        + _make(_COPY, _SECOND, _FIRST)
        + _make(_ADD, _SECOND, value=1)
        + _store(8, _SLOT, _SECOND, 0)
        + _make(_AND, _FIRST, value=SLOTS - 1)
        + _make(_SHIFT, _FIRST, value=4)
        + _wide(_SLOT, _MAP_VALUE, memory, _FRAMES_BYTES)
        + _make(_ADD_REGISTER, _SLOT, _FIRST)
        + _load(4, _FIRST, _SLOT, 0)
        + _make(_AND, _FIRST, value=_FRAMES_BYTES - 1)
        + _wide(_FRAME, _MAP_VALUE, memory, 0)
        + _make(_ADD_REGISTER, _FRAME, _FIRST)
        + _make(_SET, _RESULT)
    )
    checks = (
        (_load(1, _FIRST, _FRAME, 23), _IF_OTHER, lookup.protocol),
        (_load(1, _FIRST, _FRAME, 14), _IF_OTHER, 0x45),
        (_load(2, _FIRST, _FRAME, 12), _IF_OTHER, 0x0008),
        (_load(4, _FIRST, _SLOT, _LENGTH_AT), _IF_LESS, 38),
    )
    guarded = lookup.code
    for load, jump, value in checks:  # from the last to the first: each jumps over all behind it
        guarded = load + _make(jump, _FIRST, offset=len(guarded) // 8, value=value) + guarded
    return start + guarded + _END + lookup.function


def look_up_session(sessions: int) -> Lookup:
    """Return `struct key k = {addresses(frame), ports(frame)}; u32 *n = look_up(map, &k); n ? *n : 0`."""
    key = _load(8, _FIRST, _FRAME, 26) + _store(8, _STACK, _FIRST, -16)
    key += _load(4, _FIRST, _FRAME, 34) + _store(4, _STACK, _FIRST, -8)
    arguments = (
        _wide(_FIRST, _MAP, sessions, 0) + _make(_COPY, _SECOND, _STACK) + _make(_ADD, _SECOND, value=-16)
    )
    found = _make(_IF_EQUAL, _RESULT, offset=1) + _load(4, _RESULT, _RESULT, 0)
    return Lookup(6, key + arguments + _make(_CALL, value=_LOOK_UP) + found, b"")


def switch_port(ports: Sequence[int]) -> Lookup:
    """Return `switch (port(frame)) { case PORT: return NUMBER; ... }`: a search by halves."""
    numbers = sorted((port, number) for number, port in enumerate(ports, 1))
    load = _load(2, _FIRST, _FRAME, 36) + _make(_TO_BIG_ENDIAN, _FIRST, value=16)
    return Lookup(17, load + _CALL_FUNCTION, _search(numbers))


def _search(numbers: Sequence[tuple[int, int]]) -> bytes:
    """Return a function that finds register 1 among `numbers`, which are sorted."""
    if len(numbers) == 1:
        ((port, number),) = numbers
        skip = _make(_IF_EQUAL, _FIRST, offset=1, value=port)
        return _make(_SET, _RESULT, value=number) + skip + _make(_SET, _RESULT) + _make(_EXIT)
    middle = len(numbers) // 2
    low, high = _search(numbers[:middle]), _search(numbers[middle:])
    limit, distance = numbers[middle - 1][0], len(low) // 8
    assert distance <= _FARTHEST, "there are too many cases for a jump over half of them"
    return _make(_IF_MORE, _FIRST, offset=distance, value=limit) + low + high


def _make(code: int, target: int = 0, source: int = 0, *, offset: int = 0, value: int = 0) -> bytes:
    return struct.pack("<BBhi", code, target | source << 4, offset, value)


def _load(width: _Width, target: int, address: int, offset: int) -> bytes:
    return _make(0x61 | _SIZES[width], target, address, offset=offset)


def _store(width: _Width, address: int, source: int, offset: int) -> bytes:
    return _make(0x63 | _SIZES[width], address, source, offset=offset)


def _wide(target: int, kind: int, descriptor: int, offset: int) -> bytes:
    """Put a map, or the address of a byte of its only value, into `target`."""
    return _make(0x18, target, kind, value=descriptor) + _make(0, value=offset)


_END = _store(4, _SLOT, _RESULT, _RESULT_AT) + _make(_SET, _RESULT) + _make(_EXIT)
_CALL_FUNCTION = _make(_CALL, 0, _OWN_FUNCTION, value=len(_END) // 8)  # it lies behind `_END`

NOTHING = _make(_SET, _RESULT) + _make(_EXIT)
"""A program that returns at once."""
