"""Classification next to libpcap: the same packets, the same filters, one core; then whole captures.

Per packet, in memory: dpfc's native batch against libpcap's `pcap_offline_filter` called from a loop in C,
with one filter, and with ten filters in one classifier against ten expressions asked one after another. The
answers are compared, packet by packet, before anything is timed.

Reading: `classify_file` over a capture that is in the page cache, packets per second.
"""

from __future__ import annotations

import ctypes
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

import dpfc
from bench.filters import CONNECTIONS, TEN, Pair, dpf_text
from bench.peers.libpcap import LibPcap, load_libpcap, make_batch
from bench.peers.pcap_loop import Mode, PcapLoop, build_loop
from bench.timing import Result, median_ratio, pin_to_one_core, print_results, time_rounds, write_results
from bench.workload import (
    Workload,
    find_mixes,
    make_connections,
    make_small_packets,
    read_mix,
    repeat_packets,
    write_capture,
)
from dpfc.answers import Answers
from dpfc.classifier import Classifier

_ETHERNET = 1
_PACKETS = 200_000  # timed in one round
_SMALL_FLOWS = 20_000
_CAPTURE = 2_000_000  # packets of the generated capture
_MIX_TIMES = 40  # the mixes in one capture, so often over
_ROUNDS = 11
_FILE_ROUNDS = 7
_FILE_RATE_GOAL = 20e6
_ONE_GOAL = 1 / 5
_TEN_GOAL = 1 / 40


@dataclass(frozen=True, slots=True)
class Case:
    """One comparison.

    Args:
        name: what is printed.
        mode: `all`: every accepting filter is reported; `first`: the first.
        pairs: the filters.
        goal: the most of libpcap's time that dpfc may take.
    """

    name: str
    mode: Mode
    pairs: tuple[Pair, ...]
    goal: float


CASES = (
    Case("1 filter, first", "first", TEN[:1], _ONE_GOAL),
    Case("10 filters, first", "first", TEN, _TEN_GOAL),
    Case("10 filters, all", "all", TEN, _TEN_GOAL),
)


CONNECTION_CASES = (
    Case("1 filter, first", "first", CONNECTIONS[:1], _ONE_GOAL),
    Case("10 filters, first", "first", CONNECTIONS, _TEN_GOAL),
    Case("10 filters, all", "all", CONNECTIONS, _TEN_GOAL),
)


def measure() -> tuple[Result, ...]:
    """Measure everything here."""
    return (*measure_packets(), *measure_captures())


def measure_packets() -> tuple[Result, ...]:
    """Time the cases over packets in memory, dpfc and libpcap in turn."""
    mix, small = read_mix(), make_small_packets(_SMALL_FLOWS)
    print("real mixes: " + ", ".join(path.name for path in find_mixes()))
    peers = _find_peers()
    far = replace(repeat_packets(mix, _PACKETS), name=f"{mix.name}, beyond the caches")
    results: list[Result] = []
    connections = make_connections(_SMALL_FLOWS)
    comparisons = [(workload, CASES) for workload in (mix, small, far)]
    for workload, cases in ((connections, CONNECTION_CASES), *comparisons):
        for case in cases:
            results += _measure_case(case, workload, peers)
    return tuple(results)


def measure_captures() -> tuple[Result, ...]:
    """Time reading and classifying whole captures, ten filters, every match; start with what a call costs."""
    mix, small = read_mix(), make_small_packets(_SMALL_FLOWS)
    captures = (
        ("one packet", replace(small, offsets=small.offsets[:1], lengths=small.lengths[:1]), 1),
        ("capture of 64-byte frames", small, _CAPTURE // len(small)),
        ("capture of real mixes", mix, _MIX_TIMES),
    )
    with tempfile.TemporaryDirectory() as directory:
        classifier = _compile(CASES[-1], Path(directory) / "cache")
        actions: dict[str, Callable[[], object]] = {}
        for number, (name, workload, times) in enumerate(captures):
            path = Path(directory) / f"{number}.pcap"
            write_capture(path, workload, times)
            actions[name] = _bind_file(classifier, path)
        timings = time_rounds(actions, _FILE_ROUNDS)
    once = timings["one packet"]
    results = [Result("classify_file of one packet", once.median * 1e3, "ms", note=once.spread(1e3, "ms"))]
    for name, workload, times in captures[1:]:
        packets = len(workload) * times
        rate = packets / timings[name].median / 1e6
        note = f"{packets} packets, {_size(workload, times)} MB"
        results.append(Result(name, rate, "million packets/s", _FILE_RATE_GOAL / 1e6, "at least", note))
    return tuple(results)


def _size(workload: Workload, times: int) -> int:
    """Return the megabytes of a capture file."""
    return (len(workload.buffer) + 16 * len(workload)) * times // 1_000_000


def _bind_file(classifier: Classifier, path: Path) -> Callable[[], object]:
    return lambda: classifier.classify_file(path)


@dataclass(frozen=True, slots=True)
class _Peers:
    libpcap: LibPcap
    loop: PcapLoop


def _find_peers() -> _Peers | None:
    """Return libpcap and its loop, or say on one line why there is no comparison."""
    libpcap = load_libpcap()
    if libpcap is None:
        print("no comparison with libpcap: it is not installed (on Debian: apt install libpcap-dev)")
        return None
    loop = build_loop()
    if isinstance(loop, str):
        print(f"no comparison with libpcap: {loop}")
        return None
    return _Peers(libpcap, loop)


def _measure_case(case: Case, workload: Workload, peers: _Peers | None) -> list[Result]:
    """Time one case: dpfc alone, or dpfc and libpcap in alternating rounds with their ratio."""
    classifier = _compile(case)

    def ours() -> Answers:
        return classifier.classify_batch(workload.buffer, workload.offsets, workload.lengths, _ETHERNET)

    times = max(1, _PACKETS // len(workload))
    offsets, lengths = workload.offsets * times, workload.lengths * times  # one batch: the same packets again
    actions: dict[str, Callable[[], object]] = {
        "dpfc": lambda: classifier.classify_batch(workload.buffer, offsets, lengths, _ETHERNET)
    }
    if peers is not None:
        answers = (ctypes.c_uint64 * len(workload))()
        theirs = _bind_libpcap(case, workload, peers, answers)
        theirs()
        _compare_answers(case, ours(), list(answers))
        actions["libpcap"] = _repeat(theirs, times)
    timings = time_rounds(actions, _ROUNDS)
    scale = 1e9 / (len(workload) * times)
    name = f"{case.name}, {workload.name}"
    results = [
        Result(f"{engine}: {name}", timing.median * scale, "ns/packet", note=timing.spread(scale, "ns"))
        for engine, timing in timings.items()
    ]
    if "libpcap" in timings:
        ratio = median_ratio(timings["dpfc"], timings["libpcap"])
        note = f"{1 / ratio:.1f} times as fast"
        results.append(Result(f"dpfc / libpcap: {name}", ratio, "of its time", case.goal, note=note))
    return results


def _repeat(action: Callable[[], object], times: int) -> Callable[[], None]:
    """Return an action that runs `action` so often that the clock's resolution does not matter."""

    def repeated() -> None:
        for _ in range(times):
            action()

    return repeated


def _compile(case: Case, cache: Path | None = None) -> Classifier:
    text = dpf_text(case.pairs)
    return dpfc.compile(text, mode=case.mode, link_type=_ETHERNET, engine="native", cache=cache)


def _bind_libpcap(
    case: Case, workload: Workload, peers: _Peers, answers: ctypes.Array[ctypes.c_uint64]
) -> Callable[[], object]:
    programs = [peers.libpcap.compile(pair.tcpdump, _ETHERNET) for pair in case.pairs]
    batch = make_batch(workload.buffer, workload.offsets, workload.lengths, workload.wire_lengths)
    return lambda: peers.loop.classify(case.mode, programs, batch, answers)


def _compare_answers(case: Case, ours: Answers, theirs: list[int]) -> None:
    """Stop when the two do not select the same packets: their times would mean nothing."""
    found = _make_masks(ours) if case.mode == "all" else list(ours.ids)
    for index, (mine, other) in enumerate(zip(found, theirs, strict=True)):
        assert mine == other, f"{case.name}: packet {index}: dpfc {mine:#x}, libpcap {other:#x}"


def _make_masks(answers: Answers) -> list[int]:
    """Return a mask per packet: bit n - 1 is set when filter n accepts it."""
    ids = iter(answers.ids)
    return [sum(1 << number - 1 for number in islice(ids, count)) for count in answers.counts]


def main() -> None:
    pin_to_one_core()
    results = measure()
    print_results("classification on one core", results)
    write_results("classify", results)


if __name__ == "__main__":
    main()
