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

from array import array
from collections.abc import Sequence
from dataclasses import dataclass

from bench.peers import bpf_instruction as ins
from bench.peers.contender import PASSES
from bench.scale_workload import FRAME_BYTES, PACKETS

SLOTS = PASSES * PACKETS
_FRAMES_BYTES = PACKETS * FRAME_BYTES
_SLOT_WORDS = 4
_LENGTH_AT, _RESULT_AT = 4, 8
_NEXT_AT = _FRAMES_BYTES + 4 * _SLOT_WORDS * SLOTS
MEMORY_BYTES = _NEXT_AT + 8

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
        ins.wide(_SLOT, ins.MAP_VALUE, memory, _NEXT_AT)
        + ins.load(8, _FIRST, _SLOT, 0)
        + ins.make(ins.COPY, _SECOND, _FIRST)
        + ins.make(ins.ADD, _SECOND, value=1)
        + ins.store(8, _SLOT, _SECOND, 0)
        + ins.make(ins.AND, _FIRST, value=SLOTS - 1)
        + ins.make(ins.SHIFT, _FIRST, value=4)
        + ins.wide(_SLOT, ins.MAP_VALUE, memory, _FRAMES_BYTES)
        + ins.make(ins.ADD_REGISTER, _SLOT, _FIRST)
        + ins.load(4, _FIRST, _SLOT, 0)
        + ins.make(ins.AND, _FIRST, value=_FRAMES_BYTES - 1)
        + ins.wide(_FRAME, ins.MAP_VALUE, memory, 0)
        + ins.make(ins.ADD_REGISTER, _FRAME, _FIRST)
        + ins.make(ins.SET, _RESULT)
    )
    checks = (
        (ins.load(1, _FIRST, _FRAME, 23), ins.IF_OTHER, lookup.protocol),
        (ins.load(1, _FIRST, _FRAME, 14), ins.IF_OTHER, 0x45),
        (ins.load(2, _FIRST, _FRAME, 12), ins.IF_OTHER, 0x0008),
        (ins.load(4, _FIRST, _SLOT, _LENGTH_AT), ins.IF_LESS, 38),
    )
    guarded = lookup.code
    for load, jump, value in checks:  # from the last to the first: each jumps over all behind it
        guarded = load + ins.make(jump, _FIRST, offset=len(guarded) // 8, value=value) + guarded
    return start + guarded + _END + lookup.function


def look_up_session(sessions: int) -> Lookup:
    """Return `struct key k = {addresses(frame), ports(frame)}; u32 *n = look_up(map, &k); n ? *n : 0`."""
    key = ins.load(8, _FIRST, _FRAME, 26) + ins.store(8, _STACK, _FIRST, -16)
    key += ins.load(4, _FIRST, _FRAME, 34) + ins.store(4, _STACK, _FIRST, -8)
    arguments = (
        ins.wide(_FIRST, ins.MAP, sessions, 0)
        + ins.make(ins.COPY, _SECOND, _STACK)
        + ins.make(ins.ADD, _SECOND, value=-16)
    )
    found = ins.make(ins.IF_EQUAL, _RESULT, offset=1) + ins.load(4, _RESULT, _RESULT, 0)
    return Lookup(6, key + arguments + ins.make(ins.CALL, value=ins.LOOK_UP) + found, b"")


def switch_port(ports: Sequence[int]) -> Lookup:
    """Return `switch (port(frame)) { case PORT: return NUMBER; ... }`: a search by halves."""
    numbers = sorted((port, number) for number, port in enumerate(ports, 1))
    load = ins.load(2, _FIRST, _FRAME, 36) + ins.make(ins.TO_BIG_ENDIAN, _FIRST, value=16)
    return Lookup(17, load + _CALL_FUNCTION, _search(numbers))


def _search(numbers: Sequence[tuple[int, int]]) -> bytes:
    """Return a function that finds register 1 among `numbers`, which are sorted."""
    if len(numbers) == 1:
        ((port, number),) = numbers
        found = ins.make(ins.SET, _RESULT, value=number) + ins.make(
            ins.IF_EQUAL, _FIRST, offset=1, value=port
        )
        return found + ins.make(ins.SET, _RESULT) + ins.make(ins.EXIT)
    middle = len(numbers) // 2
    low, high = _search(numbers[:middle]), _search(numbers[middle:])
    limit, distance = numbers[middle - 1][0], len(low) // 8
    assert distance <= ins.FARTHEST, "there are too many cases for a jump over half of them"
    return ins.make(ins.IF_MORE, _FIRST, offset=distance, value=limit) + low + high


_END = ins.store(4, _SLOT, _RESULT, _RESULT_AT) + ins.make(ins.SET, _RESULT) + ins.make(ins.EXIT)
_CALL_FUNCTION = ins.make(ins.CALL, 0, ins.OWN_FUNCTION, value=len(_END) // 8)  # it lies behind `_END`

NOTHING = ins.make(ins.SET, _RESULT) + ins.make(ins.EXIT)
"""A program that returns at once."""
