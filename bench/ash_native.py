"""Handlers and pipes on native code beside C at -O3 and eBPF, in nanoseconds and GB/s of this host.

In: nothing. Out: tables, and bench/results/ash_native.json. Answers are compared before anything is timed.

Echo: a message of 64 bytes, or with 1 KB of data whose checksum is taken, is answered; our code and the C are
called by the same loop. Where C is written in two ways, ours is held to the faster one.

Pipes: messages go to their owner's memory. *Out of cache*: each call finds bytes that were last touched an
arena ago, which is larger than the caches of a core. *Separate passes* is what has no pipes: a copy, then a
loop for each thing to be done to the data, in C (`memcpy`, and loops that the compiler makes vector code of)
and in our own language, a handler for each pass. What can be gained at most is the passes' part of the time:
the note says what a loop as fast as `memcpy` would gain.

Source of the comparisons: Wallach, Engler and Kaashoek, SIGCOMM 1996, tables 3 and 4.
"""

from __future__ import annotations

import ctypes
import random
import sys
import time
from array import array
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from mmap import mmap
from pathlib import Path

from ashc.program import compile_program
from bench import ash_handled
from bench.peers.bpf_echo import DATA_BYTES, Measured, measure_echo
from bench.peers.contender import compile_library
from bench.timing import (
    Result,
    Timing,
    describe_machine,
    median_ratio,
    pin_to_one_core,
    print_results,
    time_rounds,
    write_results,
)
from runtime import limits
from runtime.handler.install import install_handler
from runtime.load.native import NativeFunction, native_available
from runtime.pipeline import load_function

_SOURCE = Path(__file__).with_suffix(".c")
_HANDLERS = Path(__file__).parent / "handlers"
_HEADERS = 42
_MESSAGES, _STRIDE = 16, 2048
_ECHO_GOAL, _SUM_GOAL, _COPY_GOAL, _PASSES_GOAL = 1.2, 1.3, 1.5, 1.5
_ROUNDS = 31
_SIZES = (1 << 16, 1 << 18, 1 << 20, 1 << 22)
_ARENA = 1 << 28  # bytes, and as many for the copies
_MOVED = 1 << 24  # bytes in a round


@dataclass(frozen=True, slots=True)
class Codes:
    """Machine code by name: ours, and the C library's.

    Args:
        library: keeps the C, and has the loops that call.
        loaded: ours.
    """

    library: ctypes.CDLL
    loaded: Mapping[str, NativeFunction]

    def address(self, name: str) -> int:
        """Return where the code is: `ash NAME` or `c NAME`."""
        kind, _, function = name.partition(" ")
        if kind == "ash":
            return self.loaded[function].address
        address = ctypes.cast(self.library[function], ctypes.c_void_p).value
        assert address is not None, "the library was loaded"
        return address


def main() -> None:
    """Run all; print, and keep the numbers."""
    pin_to_one_core()
    print(", ".join(f"{name}: {value}" for name, value in describe_machine().items()))
    codes = load_codes()
    if isinstance(codes, str):
        sys.exit(codes)
    answers = (*measure_answers(codes, 22), *measure_answers(codes, DATA_BYTES))
    print_results("answering a message", answers)
    handled = ash_handled.measure()
    print_results("a handled message, demultiplexing included", handled)
    moves = measure_moves(codes)
    print_results("pipes, out of cache", moves)
    write_results("ash_native", (*answers, *handled, *moves))


def load_codes() -> Codes | str:
    """Compile everything; a string is the reason why not."""
    if not native_available():
        return "this needs an x86-64 host"
    library = compile_library(_SOURCE)
    if isinstance(library, str):
        return library
    number, pointer = ctypes.c_uint64, ctypes.c_void_p
    library.ask_answerer.restype = library.ask_movers.restype = number
    library.ask_answerer.argtypes = (pointer, pointer, number, number, number, number)
    library.ask_movers.argtypes = (pointer, number, pointer, pointer, number, number)
    loaded: dict[str, NativeFunction] = {}
    for name in ("echo.ash", "streams.ash"):
        for handler in compile_program(str(_HANDLERS / name)).handlers.values():
            body = install_handler(handler, limits.MAX_HANDLER_BUDGET).body
            loaded[handler.name] = load_function(body.function, body.policy)
    return Codes(library, loaded)


# ---- answers


def measure_answers(codes: Codes, data: int) -> list[Result]:
    """Time the answer to a message with so many bytes of data: with its sum if it is 1 KB."""
    summed = data == DATA_BYTES
    what = "echo + 1 KB checksum" if summed else "echo"
    theirs = ("c echo_sum_halves", "c echo_sum_words") if summed else ("c echo",)
    names = ("ash echo_sum" if summed else "ash echo", *theirs)
    message = random.Random(data).randbytes(_HEADERS + data)
    expected = {_answer_once(codes, name, message) for name in names}
    assert len(expected) == 1, "the contenders disagree"
    times = 400 if summed else 4_000
    messages = bytearray(_MESSAGES * _STRIDE)
    for place in range(0, len(messages), _STRIDE):
        messages[place : place + len(message)] = message
    ask = partial(_ask_answerer, codes, messages=messages, length=len(message), times=times)
    timings = time_rounds({name: partial(ask, name) for name in names}, _ROUNDS, time.thread_time)
    scale = 1e9 / times / _MESSAGES
    shown = {"ash": "ours", "c": "C -O3"}
    results = [
        Result(
            f"{what}: {shown[name.split()[0]]}{', ' + name.rpartition('_')[2] if 'sum_' in name else ''}",
            timings[name].median * scale,
            "ns",
            note=timings[name].spread(scale, "ns"),
        )
        for name in names
    ]
    best = min(theirs, key=lambda name: timings[name].median)
    ratio = median_ratio(timings[names[0]], timings[best])
    results.append(Result(f"{what}: ours / C", ratio, "times", _SUM_GOAL if summed else _ECHO_GOAL))
    return [*results, _measure_kernel(what, summed, message, expected.pop())]


def _measure_kernel(what: str, summed: bool, message: bytes, expected: bytes) -> Result:
    measured = measure_echo(summed, message, expected)
    if isinstance(measured, Measured):
        return Result(f"{what}: eBPF in the kernel", measured.nanoseconds, "ns", note=measured.note)
    return Result(f"{what}: eBPF in the kernel", 0.0, "ns", note=f"absent: {measured}")


def _answer_once(codes: Codes, name: str, message: bytes) -> bytes:
    memory = bytearray(message.ljust(_STRIDE, b"\0"))
    sent = _ask_answerer(codes, name, memory, len(message), 1, 1)
    assert sent == len(message) << 32, f"`{name}` sends something else"
    return bytes(memory[: len(message)])


def _ask_answerer(
    codes: Codes, name: str, messages: bytearray, length: int, times: int, count: int = _MESSAGES
) -> int:
    place = ctypes.addressof(ctypes.c_char.from_buffer(messages))
    return int(codes.library.ask_answerer(codes.address(name), place, _STRIDE, length, count, times))


# ---- pipes

_SUMMED: dict[str, tuple[str, ...]] = {
    "copy + checksum: ours, one loop": ("ash copy_sum",),
    "copy + checksum: C -O3, one loop": ("c copy_and_sum",),
    "copy + checksum: C -O3, separate passes": ("c copy_then_sum",),
    "copy + checksum: ours, separate passes": ("ash only_copy", "ash only_sum"),
}
_SWAPPED: dict[str, tuple[str, ...]] = {
    "copy + checksum + swap: ours, one loop": ("ash copy_sum_swap",),
    "copy + checksum + swap: C -O3, separate passes": ("c copy_then_sum_then_swap",),
    "copy + checksum + swap: ours, separate passes": ("ash only_copy", "ash only_sum", "ash only_swap"),
}
_COPY = {"memcpy": ("c copy",)}


class _Arena:
    """Memory that is walked through, so that whoever comes finds what was touched long ago."""

    def __init__(self) -> None:
        self._source, self._sink = mmap(-1, _ARENA), mmap(-1, _ARENA)
        pattern = random.Random(3).randbytes(1 << 20)
        for place in range(0, _ARENA, len(pattern)):
            self._source[place : place + len(pattern)] = pattern
            self._sink[place : place + len(pattern)] = pattern
        both = self._source, self._sink
        self._places = [ctypes.addressof(ctypes.c_char.from_buffer(each)) for each in both]
        self._next = 0

    def move(self, codes: Codes, names: Sequence[str], size: int, most: int = _MOVED) -> int:
        """Let code move the next stretch in messages of `size` bytes; return the sum of what it tells."""
        passes = array("Q", map(codes.address, names))
        source, sink = (place + self._next for place in self._places)
        self._next = (self._next + most) % _ARENA
        return int(
            codes.library.ask_movers(passes.buffer_info()[0], len(passes), source, sink, size, most // size)
        )

    def take(self) -> bytes:
        """Return what the last move has made of its stretch's first bytes, and go back there."""
        self._next -= _SIZES[0]
        return self._sink[self._next : self._next + _SIZES[0]]


def measure_moves(codes: Codes) -> list[Result]:
    """Time moves of 64 KB to 4 MB each."""
    arena = _Arena()
    for group in (_SUMMED, _SWAPPED):
        _compare(arena, codes, tuple(group.values()))
    results: list[Result] = []
    for size in _SIZES:
        contenders = _COPY | _SUMMED | _SWAPPED
        actions: dict[str, Callable[[], object]] = {
            name: partial(arena.move, codes, codes_, size) for name, codes_ in contenders.items()
        }
        timings = time_rounds(actions, _ROUNDS, time.thread_time)
        label = f"{size >> 10:,} KB"
        for name, timing in timings.items():
            results.append(Result(f"{label}: {name}", _MOVED / timing.median / 1e9, "GB/s"))
        results += _judge(label, timings)
    return results


def _compare(arena: _Arena, codes: Codes, contenders: Sequence[Sequence[str]]) -> None:
    """Refuse to time contenders that answer differently."""
    found = set()
    for names in contenders:
        told = arena.move(codes, names, _SIZES[0], _SIZES[0])
        found.add((told, arena.take()))
    assert len(found) == 1, "the contenders disagree"


def _judge(label: str, timings: Mapping[str, Timing]) -> list[Result]:
    """Return the ratios, with goals for those that have one."""
    summed, swapped = tuple(_SUMMED), tuple(_SWAPPED)
    fused, copied = timings[summed[0]], timings["memcpy"]
    results = [Result(f"{label}: copy + checksum / memcpy", median_ratio(fused, copied), "times", _COPY_GOAL)]
    for ours, others in ((summed[0], summed[2:]), (swapped[0], swapped[1:])):
        for other in others:
            ratio = median_ratio(timings[other], timings[ours])
            name = f"{label}: {other} / one loop"
            goal = _PASSES_GOAL if "C -O3" in other else None
            note = f"at the speed of memcpy: {median_ratio(timings[other], copied):.2f}"
            results.append(Result(name, ratio, "times", goal, "at least", note))
    return results


if __name__ == "__main__":
    main()
