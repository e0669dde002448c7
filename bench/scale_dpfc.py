"""dpfc as a contender of `make bench-scale`: the batch path, and one call from C for each packet.

In: filters and frames of `bench.scale_workload`. Out: contenders for `bench.contest`, measured as the peers
are: one call over all frames, into an array that is there already. What a call of the Python interface costs
besides is measured by `bench.calls`.
"""

from __future__ import annotations

import ctypes
from array import array
from collections.abc import Callable
from pathlib import Path

from bench.caches import describe_place, list_caches
from bench.peers.contender import (
    Frames,
    Peer,
    Prepared,
    Ready,
    absent,
    compile_library,
    make_results,
)
from bench.scale_workload import Scale
from dpfc.engine import Loaded, OpenTable, Settings, load_program
from dpfc.language.parse import parse_file
from dpfc.names.instances import read_instances
from dpfc.optimizations import ALL, Optimizations
from dpfc.program import Program, build_program
from dpfc.resolve import resolve_files
from runtime.load.batch import Messages, run_filter
from runtime.load.native import native_available
from runtime.source import Source
from runtime.tables.open_dense_table import OpenDenseTable
from runtime.tables.open_hash_table import OpenHashTable

BATCH, SINGLY = "dpfc, batch", "dpfc, one by one"

_SOURCE = Path(__file__).with_name("call_each.c")
_ETHERNET = 1


def build_scale(scale: Scale, optimizations: Optimizations = ALL) -> Program:
    """Return the filters of `scale` as one program, mode specific."""
    instances = (
        {scale.template: read_instances(Source("rows.csv", scale.csv_text()))} if scale.template else {}
    )
    file = parse_file(Source(f"{scale.name}.dpf", scale.dpf))
    resolved = resolve_files((file,), _ETHERNET, instances)
    return build_program(resolved.filters, "specific", resolved.tables, optimizations)


def load_scale(scale: Scale, optimizations: Optimizations = ALL) -> Loaded:
    """Compile and load the filters of `scale`."""
    settings = Settings("specific", "native", None, optimizations)
    return load_program(build_scale(scale, optimizations), settings)


class Ours:
    """dpfc with the loop in C beside it; `find_dpfc` makes it. Programs are compiled once for both orders."""

    def __init__(self) -> None:
        self._library = compile_library(_SOURCE)
        self._loaded: dict[tuple[str, int], Loaded] = {}

    def prepare_batch(self, scale: Scale, frames: Frames) -> Prepared:
        """Classify with one call of the loaded code."""
        loaded, results = self._load(scale), make_results(frames)
        return Ready(
            run_batch(loaded, frames, results), lambda: results[: frames.distinct], note=_describe(loaded)
        )

    def prepare_singly(self, scale: Scale, frames: Frames) -> Prepared:
        """Classify with one call of the loaded code for each packet, from C."""
        if isinstance(self._library, str):
            return self._library
        native, results = self._load(scale).native, make_results(frames)
        assert native is not None, "the engine is native"
        pointer, number = ctypes.c_void_p, ctypes.c_size_t
        call = self._library.call_each
        call.restype = number
        call.argtypes = (pointer, pointer, number, pointer, pointer, pointer, number, pointer)
        arguments = (len(frames.memory), *frames.arguments(results))

        def run() -> None:  # holds `native`, since its pages go with it
            done = call(native.address, native.tables, *arguments)
            assert done == frames.count, "every frame is inside the data"

        return Ready(run, lambda: results[: frames.distinct])

    def _load(self, scale: Scale) -> Loaded:
        key = (scale.name, len(scale.rows))
        if key not in self._loaded:
            self._loaded[key] = load_scale(scale)
        return self._loaded[key]


def run_batch(loaded: Loaded, frames: Frames, results: array[int]) -> Callable[[], None]:
    """Return what classifies all frames in one call."""
    native = loaded.native
    assert native is not None, "the engine is native"
    messages = Messages(frames.memory, frames.offsets, frames.lengths, frames.count)

    def run() -> None:
        progress = run_filter(native, messages, results)
        assert progress.processed == frames.count, "every frame is inside the data"

    return run


def find_dpfc() -> dict[str, Peer]:
    """Return the contenders, where this host runs the code."""
    if not native_available():
        reason = absent("this host does not run x86-64 code")
        return {BATCH: reason, SINGLY: reason}
    ours = Ours()
    return {BATCH: ours.prepare_batch, SINGLY: ours.prepare_singly}


def count_table_bytes(loaded: Loaded) -> int:
    """Return the bytes of open tables in which a lookup may load; the address space is larger."""
    return sum(map(_count_bytes, loaded.tables.values()))


def _count_bytes(table: OpenTable) -> int:
    match table:
        case OpenDenseTable(layout=dense):
            return dense.bytes
        case OpenHashTable(view=view):
            header = view[: table.layout.displacements].cast("Q")
            at = header[0] // 8  # see `runtime.tables.open_hash`: shift, buckets, mask, bytes of the slots
            return 2 * int(header[at + 1]) + int(header[at + 3])


def _describe(loaded: Loaded) -> str:
    size = count_table_bytes(loaded)
    return f"tables of {describe_place(size, list_caches())}" if size else "no tables"
