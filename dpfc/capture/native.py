"""The walks over packet records, run as native code.

In: a way to compile a function under a policy. Out: `Walkers` whose walks are the programs of
`dpfc.capture.walk`: proved, compiled and validated like any downloaded program, because the capture may be
hostile.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable

from dpfc.capture.chunk import MAX_RECORDS, RECORD_BYTES, ByteOrder
from dpfc.capture.policy import WALK
from dpfc.capture.walk import build_pcap_walk, build_pcapng_walk
from dpfc.capture.walker import PcapForm, Stop, Walked
from runtime.ir.nodes import Function
from runtime.load.buffers import borrow_memory
from runtime.load.native import NativeFunction
from runtime.policy import Policy

Compile = Callable[[Function, Policy], NativeFunction]


class NativeWalkers:
    """The native engine; each walk is compiled when it is first needed.

    Args:
        compile_walk: the pipeline.
    """

    def __init__(self, compile_walk: Compile) -> None:
        self._compile = compile_walk
        self._walks: dict[PcapForm | ByteOrder, _NativeWalk] = {}

    def walk_pcap(self, form: PcapForm, buffer: memoryview, start: int, limit: int, snaplen: int) -> Walked:
        """See `Walkers`."""
        if form not in self._walks:
            self._walks[form] = _NativeWalk(self._compile(build_pcap_walk(form), WALK))
        return self._walks[form].run(buffer, start, limit, min(snaplen, 0xFFFF_FFFF))

    def walk_pcapng(
        self, order: ByteOrder, buffer: memoryview, start: int, limit: int, interfaces: int
    ) -> Walked:
        """See `Walkers`."""
        if order not in self._walks:
            self._walks[order] = _NativeWalk(self._compile(build_pcapng_walk(order), WALK))
        return self._walks[order].run(buffer, start, limit, interfaces)


class _NativeWalk:
    """One compiled walk, with room for its records that calls reuse."""

    def __init__(self, native: NativeFunction) -> None:
        self._native = native  # owns the code
        prototype = ctypes.CFUNCTYPE(ctypes.c_uint64, *[ctypes.c_uint64] * len(native.arguments))
        self._entry = prototype(native.address)
        self._records = bytearray(MAX_RECORDS * RECORD_BYTES)
        self._results = (ctypes.c_uint64 * 2)()
        kinds = [argument.kind for argument in native.arguments]
        assert kinds == ["region", "length", "parameter", "parameter", "emits", "results"], kinds

    def run(self, buffer: memoryview, start: int, high: int, low: int) -> Walked:
        """Walk `buffer`, which the proof allows to be up to `MAX_WINDOW_BYTES` long."""
        with borrow_memory(buffer) as window, borrow_memory(self._records, writable=True) as records:
            assert window.length <= WALK.regions[0].maximum, "windows are smaller than the walk's region"
            count = self._entry(
                window.address,
                window.length,
                start,
                high << 32 | low,
                records.address,
                ctypes.addressof(self._results),
            )
        taken = memoryview(bytes(memoryview(self._records)[: count * RECORD_BYTES]))
        return Walked(self._results[0], Stop(self._results[1]), taken)
