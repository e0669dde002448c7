"""Native `owns` on indirect blocks of C-FFS: 1,024 pointers, beside C by hand and what Python can do.

In: the shipped template `cffs_data_single`, and blocks with all pointers set, half of them at random, few,
the first ones only, or none. Out: nanoseconds per block, and the ratio to C at -O2; every answer is compared
first. Our code and the C are called by the same loop (`owns.c`), so that no call from Python is in these
numbers; what such a call costs is reported by itself.
"""

from __future__ import annotations

import ctypes
import struct
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from random import Random

import numpy as np

from bench.peers.contender import compile_library
from bench.timing import Result, Timing, median_ratio, time_rounds
from runtime.load.native import native_available
from runtime.template.engine import Loaded, load_template
from runtime.template.engines.calls import NativeCaller, Tuples
from runtime.template.engines.loops import make_loop
from runtime.template.nodes import Template
from runtime.template.policies import find_policy
from udfc.program import compile_templates

TITLE = "owns of 1,024 pointers"

_SOURCE = Path(__file__).with_name("owns.c")
_POINTERS, _BLOCKS = 1024, 64
_ROUNDS, _REPEATS = 41, 12
_INTERPRETED = 2  # blocks: the interpreter takes milliseconds for each
_GOAL = 1.10

_PATTERNS: dict[str, Callable[[Random, int], bool]] = {
    "all set": lambda random, place: True,
    "half set": lambda random, place: random.random() < 0.5,
    "few set": lambda random, place: random.random() < 0.03,
    "first 100 set": lambda random, place: place < 100,
    "none set": lambda random, place: False,
}
"""Whether the pointer at a place is set."""

_JUDGED = ("all set", "half set", "few set")
"""The others are reported only: they take a processor cycle a pointer, and where in a cache line the branches
of a loop happen to stand changes them by a third, of C as of our code."""


@dataclass(frozen=True, slots=True)
class _Codes:
    """The contenders that the C loop calls, by name, and what it calls them with.

    Args:
        caller: keeps our code loaded.
    """

    ask: Callable[[int, bytes, int, int, int, int], int]
    addresses: dict[str, int]
    caller: NativeCaller
    room: Tuples


def measure() -> tuple[Result, ...]:
    """Measure whole blocks, one partition, and calls from Python."""
    if not native_available():
        return (Result(TITLE, 0.0, "ns", note="needs an x86-64 host"),)
    template = compile_templates("cffs")["cffs_data_single"]
    library = compile_library(_SOURCE, "-O2")
    if isinstance(library, str):
        return (Result(TITLE, 0.0, "ns", note=library),)
    codes = _load_codes(library, template)
    results: list[Result] = []
    for name, is_set in _PATTERNS.items():
        results += _measure_whole(codes, name, _make_blocks(is_set))
    results += _measure_one(codes, _make_blocks(_PATTERNS["all set"]))
    results += _measure_python(template, _make_blocks(_PATTERNS["half set"]))
    return tuple(results)


def _load_codes(library: ctypes.CDLL, template: Template) -> _Codes:
    loop = make_loop(template.owns, template.partitions, find_policy(template, "owns"))
    assert loop is not None, "our compiler makes functions that can be put into a loop"
    caller = NativeCaller(loop.function, loop.policy, None)
    library.ask_blocks.restype = ctypes.c_uint64
    library.ask_blocks.argtypes = (
        ctypes.c_void_p,
        ctypes.c_char_p,
        *(ctypes.c_uint64,) * 3,
        ctypes.c_void_p,
    )
    addresses = {"native": caller.address}
    for name in ("owns_whole", "owns_range"):
        address = ctypes.cast(library[name], ctypes.c_void_p).value
        assert address is not None, "the library was loaded"
        addresses[name] = address
    room: Tuples = np.zeros(loop.function.emit_limit * template.words, dtype=np.uint64)
    return _Codes(library.ask_blocks, addresses, caller, room)


def _make_blocks(is_set: Callable[[Random, int], bool]) -> bytes:
    """Return blocks with such pointers set, to any block."""
    random = Random(4)
    numbers = [
        random.randrange(1, 1 << 31) if is_set(random, place) else 0
        for _ in range(_BLOCKS)
        for place in range(_POINTERS)
    ]
    return struct.pack(f"<{len(numbers)}I", *numbers)


def _ask(codes: _Codes, name: str, blocks: bytes, first: int, count: int) -> int:
    place = codes.room.ctypes.data
    return codes.ask(codes.addresses[name], blocks, len(blocks) // (4 * _POINTERS), first, count, place)


def _check(codes: _Codes, names: tuple[str, ...], blocks: bytes, first: int, count: int) -> None:
    """Refuse to time contenders that answer differently: of each block, all tuples are compared."""
    size = 4 * _POINTERS
    for start in range(0, len(blocks), size):
        answers = []
        for name in names:
            codes.room[:] = 0
            found = _ask(codes, name, blocks[start : start + size], first, count)
            answers.append((found, codes.room.tobytes()))
        assert len(set(answers)) == 1, "the contenders disagree"


def _time(
    codes: _Codes, names: tuple[str, ...], blocks: bytes, first: int, count: int, repeats: int
) -> dict[str, Timing]:
    _check(codes, names, blocks, first, count)

    def run(name: str) -> None:
        for _ in range(repeats):
            _ask(codes, name, blocks, first, count)

    return time_rounds({name: partial(run, name) for name in names}, _ROUNDS, time.thread_time)


def _measure_whole(codes: _Codes, name: str, blocks: bytes) -> list[Result]:
    timings = _time(codes, ("native", "owns_whole", "owns_range"), blocks, 0, _POINTERS, _REPEATS)
    scale = 1e9 / _REPEATS / _BLOCKS
    results = [
        Result(
            f"{name}: {shown}",
            timings[key].median * scale,
            "ns/block",
            note=timings[key].spread(scale, "ns"),
        )
        for key, shown in (("native", "native"), ("owns_whole", "C -O2"), ("owns_range", "C -O2, any range"))
    ]
    for key, shown in (("owns_whole", "C -O2"), ("owns_range", "C -O2, any range")):
        ratio = median_ratio(timings["native"], timings[key])
        goal = _GOAL if name in _JUDGED else None
        results.append(Result(f"{name}: native / {shown}", ratio, "times", goal))
    return results


def _measure_one(codes: _Codes, blocks: bytes) -> list[Result]:
    """Ask about one partition: what the kernel does, before and after, when one pointer changes."""
    repeats = 40 * _REPEATS
    timings = _time(codes, ("native", "owns_range"), blocks, 700, 1, repeats)
    scale = 1e9 / repeats / _BLOCKS
    return [
        Result(
            f"one pointer: {shown}", timings[key].median * scale, "ns", note=timings[key].spread(scale, "ns")
        )
        for key, shown in (("native", "native"), ("owns_range", "C -O2"))
    ]


def _measure_python(template: Template, blocks: bytes) -> list[Result]:
    """Ask from Python: our engines, `struct` and `construct`, half of the pointers set."""
    size = 4 * _POINTERS
    each = [blocks[start : start + size] for start in range(0, len(blocks), size)]
    native, interpreted = load_template(template, "native"), load_template(template, "interpreter")
    actions: dict[str, Callable[[bytes], object]] = {
        "native, from Python": lambda block: native.owns(block, ()),
        "native, from Python, one pointer": lambda block: native.owns(block, (), 700, 1),
        "struct.unpack": _parse_with_struct,
    }
    absent: list[Result] = []
    parse = _find_construct()
    if parse is None:
        absent.append(
            Result("half set: construct", 0.0, "us/block", note="not installed: pip install construct")
        )
    else:
        actions["construct, compiled"] = parse
    actions["interpreter"] = lambda block: interpreted.owns(block, ())
    _check_python(native, interpreted, parse, each[0])
    counts = {name: _INTERPRETED if name == "interpreter" else _BLOCKS for name in actions}
    runs = {name: partial(_run_each, actions[name], each[: counts[name]]) for name in actions}
    timings = time_rounds(runs, 11, time.thread_time)
    return absent + [
        Result(
            f"half set: {name}",
            timing.median / counts[name] * 1e6,
            "us/block",
            note=timing.spread(1e6 / counts[name], "us"),
        )
        for name, timing in timings.items()
    ]


def _run_each(action: Callable[[bytes], object], blocks: list[bytes]) -> None:
    for block in blocks:
        action(block)


def _parse_with_struct(block: bytes) -> list[tuple[int, int, int]]:
    return [(number, 1, 0) for number in struct.unpack("<1024I", block) if number]


def _find_construct() -> Callable[[bytes], list[tuple[int, int, int]]] | None:
    """Return a parser made with `construct`, the fastest way it has, where it is installed."""
    try:
        from construct import Array, Int32ul
    except ImportError:
        return None
    parser = Array(_POINTERS, Int32ul).compile()

    def parse(block: bytes) -> list[tuple[int, int, int]]:
        return [(number, 1, 0) for number in parser.parse(block) if number]

    return parse


def _check_python(
    native: Loaded,
    interpreted: Loaded,
    parse: Callable[[bytes], list[tuple[int, int, int]]] | None,
    block: bytes,
) -> None:
    expected = _parse_with_struct(block)
    for loaded in (native, interpreted):
        assert list(map(tuple, loaded.owns(block, ()).tolist())) == expected, "the engines disagree"
    assert parse is None or parse(block) == expected, "construct disagrees"
