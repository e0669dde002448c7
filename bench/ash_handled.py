"""What a handled message costs on native code, demultiplexing included, with 1 and with 10,000 filters.

In: nothing. Out: nanoseconds of this host for a message of 64 bytes: the classifier's machine code finds its
filter, and the remote increment of that filter's owner answers it, both called from C for one message after
the other. Messages are of filters drawn at random, in an order that is new in every pass. What a message
costs in the emulated kernel, which is Python, is in `bench.ash_kernel`.
"""

from __future__ import annotations

import ctypes
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from ashc.program import compile_program
from bench.peers.contender import Frames, compile_library, make_frames
from bench.scale_dpfc import load_scale
from bench.scale_workload import FRAME_BYTES, Scale, lay_out_frames, make_sessions
from bench.timing import Result, time_rounds
from bench.workload import Workload
from dpfc.engine import Loaded
from runtime.handler.install import install_handler
from runtime.load.native import NativeFunction
from runtime.pipeline import load_function

FILTERS = (1, 10_000)

_SOURCE = Path(__file__).with_suffix(".c")
_HANDLER = Path(__file__).parent / "handlers" / "increment.ash"
_ROUNDS = 21
_MEMORY = 64  # bytes of an owner's; each has a cache line


def measure() -> list[Result]:
    """Measure both."""
    library = compile_library(_SOURCE)
    if isinstance(library, str):
        return [Result("a handled message", 0.0, "ns", note=library)]
    pointer, number = ctypes.c_void_p, ctypes.c_uint64
    library.handle_each.restype = number
    library.handle_each.argtypes = (*(pointer,) * 4, number, pointer, pointer, number, pointer)
    handler = install_handler(compile_program(str(_HANDLER)).handlers["increment"])
    code = load_function(handler.body.function, handler.body.policy)
    return [each for filters in FILTERS for each in _measure(library, code, filters)]


def _measure(library: ctypes.CDLL, code: NativeFunction, filters: int) -> list[Result]:
    scale = make_sessions(filters)
    loaded, frames = load_scale(scale), make_frames(_choose_handled(scale), "fresh")
    memory = (ctypes.c_uint8 * (_MEMORY * (filters + 1)))()
    bindings = (ctypes.c_uint64 * (2 * (filters + 1)))()
    for each in range(filters + 1):
        bindings[2 * each] = code.address
        bindings[2 * each + 1] = ctypes.addressof(memory) + _MEMORY * each
    run = _prepare(library, loaded, frames, ctypes.addressof(bindings))
    assert run() == frames.count, "each message is accepted, and consumed"
    assert bytes(memory[:_MEMORY]) == bytes(_MEMORY), "no filter has number 0"
    timing = time_rounds({"all": run}, _ROUNDS, time.thread_time)["all"]
    scale_ns = 1e9 / frames.count
    name = f"{filters:,} filter{'s' if filters > 1 else ''}: a message, classified and handled"
    return [Result(name, timing.median * scale_ns, "ns", note=timing.spread(scale_ns, "ns"))]


def _choose_handled(scale: Scale) -> Workload:
    """Return the messages that filters accept."""
    buffer = scale.packets.buffer
    starts = [place for place, number in zip(scale.packets.offsets, scale.expected, strict=True) if number]
    return lay_out_frames("handled", [bytes(buffer[place : place + FRAME_BYTES]) for place in starts])


def _prepare(library: ctypes.CDLL, loaded: Loaded, frames: Frames, bindings: int) -> Callable[[], int]:
    native = loaded.native
    assert native is not None, "the engine is native"
    assert native.form == "batch", "the loop takes messages"
    start = ctypes.addressof(ctypes.c_char.from_buffer(frames.memory))
    offsets, lengths = frames.offsets.buffer_info()[0], frames.lengths.buffer_info()[0]
    sent = ctypes.c_uint64()
    handle = partial(library.handle_each, native.address, native.tables, bindings, start, len(frames.memory))

    def run() -> int:
        assert loaded.native is not None, "held here: its pages go with it"
        return int(handle(offsets, lengths, frames.count, ctypes.addressof(sent)))

    return run
