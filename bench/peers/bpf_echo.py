"""The answers of `bench.ash_native` as eBPF programs for the express data path: what clang would make of C.

    int echo(struct xdp_md *context) {
        u8 *message = context->data;
        if (message + SIZE > context->data_end) return XDP_PASS;
        exchange(message);
        return XDP_TX;
    }

The sum is taken of 1,024 bytes behind the headers, four at a time into eight, the loop unrolled: eBPF has no
carry, and a loop would cost more.
"""

from __future__ import annotations

import os
import statistics
from contextlib import ExitStack
from dataclasses import dataclass

from bench.peers import bpf_instruction as ins
from bench.peers.bpf_code import NOTHING
from bench.peers.bpf_system import is_compiled, load_program, run_program, try_program

DATA_BYTES = 1024

_PASS, _TRANSMIT = 2, 3
_HEADERS, _CHECKSUM_AT = 42, 40
_EXCHANGED: tuple[tuple[int, int, ins.Width], ...] = ((0, 6, 4), (4, 10, 2), (26, 30, 4), (34, 36, 2))
_ROUNDS, _TIMES = 11, 100_000
_ANSWER, _CONTEXT, _MESSAGE, _END, _ONE, _OTHER = 0, 1, 2, 3, 4, 5


@dataclass(frozen=True, slots=True)
class Measured:
    """What a program took.

    Args:
        nanoseconds: a run, by the kernel's clock, what the kernel does around a run included.
        note: how it was run.
    """

    nanoseconds: float
    note: str


def write_echo(summed: bool) -> bytes:
    """Return the program, with the sum or without."""
    work = _write_sum() if summed else b""
    for first, second, width in _EXCHANGED:
        work += ins.load(width, _ONE, _MESSAGE, first) + ins.load(width, _OTHER, _MESSAGE, second)
        work += ins.store(width, _MESSAGE, _OTHER, first) + ins.store(width, _MESSAGE, _ONE, second)
    work += ins.make(ins.SET, _ANSWER, value=_TRANSMIT) + ins.make(ins.EXIT)
    size = _HEADERS + DATA_BYTES if summed else _HEADERS
    return (
        ins.load(4, _MESSAGE, _CONTEXT, 0)
        + ins.load(4, _END, _CONTEXT, 4)
        + ins.make(ins.COPY, _ONE, _MESSAGE)
        + ins.make(ins.ADD, _ONE, value=size)
        + ins.make(ins.IF_MORE_REGISTER, _ONE, _END, offset=len(work) // 8)
        + work
        + ins.make(ins.SET, _ANSWER, value=_PASS)
        + ins.make(ins.EXIT)
    )


def _write_sum() -> bytes:
    code = ins.make(ins.SET, _ANSWER)
    for place in range(_HEADERS, _HEADERS + DATA_BYTES, 4):
        code += ins.load(4, _ONE, _MESSAGE, place) + ins.make(ins.ADD_REGISTER, _ANSWER, _ONE)
    for _ in range(4):
        code += ins.make(ins.COPY, _ONE, _ANSWER) + ins.make(ins.SHIFT_DOWN, _ONE, value=16)
        code += ins.make(ins.AND, _ANSWER, value=0xFFFF) + ins.make(ins.ADD_REGISTER, _ANSWER, _ONE)
    code += ins.make(ins.XOR, _ANSWER, value=0xFFFF)
    return code + ins.store(2, _MESSAGE, _ANSWER, _CHECKSUM_AT)


def measure_echo(summed: bool, message: bytes, expected: bytes) -> Measured | str:
    """Time the program in the kernel, if `message` becomes `expected` there; or say why not."""
    with ExitStack() as opened:
        try:
            program, nothing = load_program(write_echo(summed)), load_program(NOTHING)
            opened.callback(os.close, program)
            opened.callback(os.close, nothing)
            assert try_program(program, message) == (_TRANSMIT, expected), "the program answers otherwise"
            rounds = [
                (run_program(program, _TIMES, message), run_program(nothing, _TIMES, message))
                for _ in range(_ROUNDS)
            ]
        except OSError as error:
            return f"bpf(2) is refused here ({error.strerror})"
    nanoseconds, least = (statistics.median(column) for column in zip(*rounds, strict=True))
    engine = "compiled" if is_compiled() else "interpreted"
    return Measured(nanoseconds, f"{engine}; a program that does nothing: {least:.0f} ns")
