"""The kernel's eBPF compiler: a hash map for the sessions, a `switch` for the ports, run in the kernel.

BPF_PROG_TEST_RUN repeats a program inside the kernel; what it spends around each run is part of the figure,
and the note says how much that is.
"""

from __future__ import annotations

import os
import statistics
import struct
from array import array
from contextlib import ExitStack

from bench.peers import bpf_code
from bench.peers.bpf_code import Lookup, look_up_session, switch_port, write_program
from bench.peers.bpf_system import (
    ARRAY,
    HASH,
    create_map,
    is_compiled,
    load_program,
    read_value,
    run_program,
    write_value,
    write_values,
)
from bench.peers.contender import Frames, Measured, Peer, Prepared, absent
from bench.scale_workload import Scale

MAX_CASES = 10_000
"""Beyond, the kernel takes minutes to verify a `switch`."""

_ROUNDS = 11
_ONLY = bytes(4)  # the key of an array map's only value


def measure_bpf(scale: Scale, frames: Frames) -> Prepared:
    """Load filters and frames into the kernel, and time the program there."""
    assert frames.count == bpf_code.SLOTS, "the programs count modulo the number of frames"
    with ExitStack() as opened:
        try:
            match scale.template:
                case "conn":
                    return _measure(frames, look_up_session(_fill_sessions(scale, opened)), opened)
                case "port" if len(scale.rows) <= MAX_CASES:
                    return _measure(frames, switch_port([port for (port,) in scale.rows]), opened)
                case "port":
                    return f"a `switch` of more than {MAX_CASES} cases is not tried"
                case _:
                    return "there is no eBPF program for these filters"
        except OSError as error:
            return f"the kernel refuses ({error.strerror})"


def find_bpf() -> Peer:
    """Return the peer: `measure_bpf`, where bpf(2) works."""
    try:
        os.close(create_map(ARRAY, 4, 8, 1))
    except OSError as error:
        return absent(f"bpf(2) is not permitted here ({error.strerror})")
    return measure_bpf


def _fill_sessions(scale: Scale, opened: ExitStack) -> int:
    """Make a hash map from the fields, as they lie in a frame, to the filter's number."""
    fields = ((source, target, sport, dport) for source, sport, target, dport in scale.rows)
    numbers = array("I", range(1, len(scale.rows) + 1))
    sessions = create_map(HASH, 12, 4, len(numbers))
    opened.callback(os.close, sessions)
    keys = b"".join(struct.pack(">IIHH", *values) for values in fields)
    write_values(sessions, keys, numbers.tobytes(), len(numbers))
    return sessions


def _measure(frames: Frames, lookup: Lookup, opened: ExitStack) -> Measured:
    memory = create_map(ARRAY, 4, bpf_code.MEMORY_BYTES, 1)
    opened.callback(os.close, memory)
    write_value(memory, _ONLY, bpf_code.lay_out_memory(frames.memory[:], frames.offsets, frames.lengths))
    program = load_program(write_program(memory, lookup))
    opened.callback(os.close, program)
    nothing = load_program(bpf_code.NOTHING)
    opened.callback(os.close, nothing)
    rounds = [
        (run_program(program, frames.count), run_program(nothing, frames.count)) for _ in range(_ROUNDS)
    ]
    answers = bpf_code.read_results(read_value(memory, _ONLY, bpf_code.MEMORY_BYTES))[: frames.distinct]
    nanoseconds, least = (statistics.median(column) for column in zip(*rounds, strict=True))
    engine = "compiled" if is_compiled() else "interpreted"
    return Measured(nanoseconds, answers, f"{engine}; a program that does nothing: {least:.0f} ns")
