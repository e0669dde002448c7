"""What one call of the Python interface costs, beside what a packet costs.

In: a classifier for 1,000 sessions. Out: microseconds per call of `classify` for one frame, and of
`classify_batch` for batches of several sizes, which return a new array each time. `bench.scale` measures the
loop as it measures the peers' loops, with an array of the caller's.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable
from functools import partial

import dpfc
from bench.scale_workload import PACKETS, Scale, make_sessions
from bench.timing import Result, time_rounds
from dpfc.classifier import Classifier
from dpfc.names.instances import read_instances
from runtime.source import Source

_FILTERS = 1_000
_BATCHES = (1, 64, PACKETS, 16 * PACKETS)
_ROUNDS = 11
_PACKETS_PER_ROUND = 1 << 16
_MOST_CALLS = 500


def compile_scale(scale: Scale) -> Classifier:
    """Compile the filters of `scale` through the Python interface."""
    rows = read_instances(Source("rows.csv", scale.csv_text()))
    return dpfc.compile(scale.dpf, instances={scale.template: rows})


def measure() -> tuple[Result, ...]:
    """Time calls; report microseconds for each, and what that is for a packet."""
    scale = make_sessions(_FILTERS)
    classifier = compile_scale(scale)
    frame = scale.packets.buffer[:64]
    actions: dict[str, Callable[[], object]] = {
        "classify(frame)": _repeat(partial(classifier.classify, frame), _MOST_CALLS)
    }
    shapes = {"classify(frame)": (_MOST_CALLS, 1)}
    for size in _BATCHES:
        name = f"classify_batch of {size:,}"
        calls = max(1, min(_MOST_CALLS, _PACKETS_PER_ROUND // size))
        offsets = array("Q", (64 * (number % PACKETS) for number in range(size)))
        lengths = array("I", [64] * size)
        action = partial(classifier.classify_batch, scale.packets.buffer, offsets, lengths)
        actions[name], shapes[name] = _repeat(action, calls), (calls, size)
    timings = time_rounds(actions, _ROUNDS)
    results = []
    for name, timing in timings.items():
        calls, size = shapes[name]
        note = f"{timing.median / calls / size * 1e9:,.1f} ns/packet"
        results.append(Result(f"call: {name}", timing.median / calls * 1e6, "us", note=note))
    return tuple(results)


def _repeat(action: Callable[[], object], times: int) -> Callable[[], None]:
    def repeated() -> None:
        for _ in range(times):
            action()

    return repeated
