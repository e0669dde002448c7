"""`make bench-rules`: ClassBench rule sets beside librte_acl, both on one core, over the sets' own traces.

In: the IPv4 sets of `../shared/data/rules`. Out: for each set ns per packet, memory, time to build. A packet
is a trace's header as a frame of 64 bytes, in the order of the trace; where a set has no trace, headers are
drawn at the edges of its rules and inside. All answers are compared with a brute-force first match.

    python -m bench.rulesets            every set
    python -m bench.rulesets acl1 1k    sets whose names hold all of these words
"""

from __future__ import annotations

import sys
import time
from array import array
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bench.peers.acl_rules import AclReport, AclRules, find_acl_rules
from bench.scale_workload import FRAME_BYTES
from bench.timing import (
    Result,
    describe_machine,
    pin_to_one_core,
    print_columns,
    print_results,
    time_rounds,
    write_results,
)
from dpfc.classifier import ETHERNET
from dpfc.rules.lockstep import HeaderClassifier, pack_headers
from dpfc.rules.naive import first_match
from dpfc.rules.native import load_rules
from dpfc.rules.read import read_rules
from dpfc.rules.ruleset import LAYOUTS, Headers, RuleSet
from dpfc.rules.text import read_text
from dpfc.rules.trace import read_trace
from runtime.ir.nodes import Type
from runtime.load.batch import Messages, run_filter
from runtime.tables.boxes import Boxes, build_boxes, confirm_boxes

_DATA = Path(__file__).parents[2] / "shared" / "data" / "rules"
_FOLDERS = ("classbench", "classbench_generated")
_DRAWN = 10_048
_ROUNDS = 15
_BUILDS = 3
_BURST = 64
_PER_CALL = 1 << 16
_WITH_PORTS = (6, 17, 132, 136)


@dataclass(frozen=True, slots=True)
class RuleBench:
    """One rule set with its packets.

    Args:
        name: of the file.
        rules: in order.
        headers: what the packets carry, taken to have ports whatever the protocol.
        frames: one row of 64 bytes per packet; a multiple of 64 packets.
        expected: the number of the first matching rule for each header, from 1; 0: none.
        seen: likewise for each frame, in which only TCP, UDP, SCTP and UDP-Lite have ports.
    """

    name: str
    rules: RuleSet
    headers: Headers
    frames: NDArray[np.uint8]
    expected: NDArray[np.uint32]
    seen: NDArray[np.uint32]


@dataclass(frozen=True, slots=True)
class Comparison:
    """One set, measured.

    Args:
        name: of the set.
        rules: how many.
        nanoseconds: per frame, headers read and looked up one by one (`dpfc.rules.native`).
        abreast: per header, eight side by side (`dpfc.rules.lockstep`), which is what librte_acl is given.
        memory: bytes of the table.
        seconds: to build it.
        confirming: seconds to prove that it answers what the rules say.
        spread: of `nanoseconds`.
        acl: what librte_acl took, or why it is absent.
    """

    name: str
    rules: int
    nanoseconds: float
    abreast: float
    memory: int
    seconds: float
    confirming: float
    spread: str
    acl: AclReport | str


def find_sets(words: Sequence[str] = ()) -> list[Path]:
    """Return the IPv4 rule files whose names hold all of `words`, small sets first."""
    paths = [path for folder in _FOLDERS for path in sorted((_DATA / folder).glob("*"))]
    wanted = (path for path in paths if "trace" not in path.name and "ipv6" not in path.name)
    return sorted(
        (path for path in wanted if all(word in path.name for word in words)),
        key=lambda path: path.stat().st_size,
    )


def load_set(path: Path) -> RuleBench:
    """Read one set and its trace, and find the right answers."""
    rules = read_rules(path.name, path.read_bytes())
    trace = path.with_name(path.name.removesuffix(".gz") + "_trace.gz")
    if trace.exists():
        headers = read_trace(read_text(trace.name, trace.read_bytes()))
    else:
        headers = draw_headers(rules, _DRAWN)
    columns = tuple(_repeat(column) for column in headers.columns)
    headers = Headers("ipv4", columns, np.ones(len(columns[0]), dtype=np.bool_))
    with_ports = Headers("ipv4", columns, np.isin(columns[4], _WITH_PORTS))
    expected, seen = ((first_match(rules, some) + 1).astype(np.uint32) for some in (headers, with_ports))
    return RuleBench(path.name.removesuffix(".gz"), rules, headers, write_frames(headers), expected, seen)


def draw_headers(rules: RuleSet, count: int) -> Headers:
    """Draw headers in rules chosen at random: each number is the low end, the high end, or between."""
    chance = np.random.default_rng(len(rules))
    rows = chance.integers(0, len(rules.owners), count)
    columns = []
    for column, (_, kind) in zip(rules.columns, LAYOUTS["ipv4"], strict=True):
        low, high = column.lows[rows].astype(np.int64), column.highs[rows].astype(np.int64)
        between = low + (chance.random(count) * (high - low + 1)).astype(np.int64)
        columns.append(np.choose(chance.integers(0, 3, count), (low, high, between)).astype(kind))
    return Headers("ipv4", tuple(columns), np.ones(count, dtype=np.bool_))


def write_frames(headers: Headers) -> NDArray[np.uint8]:
    """Return a frame for each header: Ethernet, IPv4 without options, ports."""
    source, target, sport, dport, protocol = headers.columns
    frames = np.zeros((len(headers), FRAME_BYTES), dtype=np.uint8)
    frames[:, 12], frames[:, 14], frames[:, 23] = 8, 0x45, protocol
    for place, numbers, kind in (
        (26, source, ">u4"),
        (30, target, ">u4"),
        (34, sport, ">u2"),
        (36, dport, ">u2"),
    ):
        size = np.dtype(kind).itemsize
        frames[:, place : place + size] = numbers.astype(kind).view(np.uint8).reshape(-1, size)
    return frames


def compare_set(one: RuleBench, acl: AclRules | str) -> Comparison:
    """Build and time both; stop when an answer is wrong."""
    build, confirm, memory = _time_builds(one.rules)
    native = load_rules(one.rules, ETHERNET, None)
    assert native is not None, "IPv4 over Ethernet is compiled"
    abreast = HeaderClassifier(one.rules)
    records = pack_headers(one.headers)
    answers = array("I", bytes(4 * len(one.expected)))
    offsets = array("Q", range(0, len(one.frames) * FRAME_BYTES, FRAME_BYTES))
    lengths = array("I", [FRAME_BYTES] * len(one.frames))
    messages = Messages(one.frames.data.cast("B"), offsets, lengths, len(lengths))
    runs: dict[str, Callable[[], object]] = {
        "batch": lambda: run_filter(native, messages, answers),
        "abreast": lambda: abreast.classify_records(records),
    }
    runs["batch"]()
    _check(f"dpfc, {one.name}", np.frombuffer(answers, dtype=np.uint32), one.seen)
    _check(f"dpfc, eight abreast, {one.name}", abreast.classify_records(records), one.expected)
    passes = max(1, _PER_CALL // len(one.expected))  # one call over several passes, as librte_acl's program
    records = np.tile(records, passes)
    timings = time_rounds(runs, _ROUNDS, time.thread_time)
    scale = 1e9 / len(one.expected)
    report = acl if isinstance(acl, str) else acl.measure(one.rules, one.frames)
    if isinstance(report, AclReport):
        _check(f"librte_acl, {one.name}", report.answers, one.expected)
    return Comparison(
        one.name,
        len(one.rules),
        timings["batch"].median * scale,
        timings["abreast"].median * scale / passes,
        memory,
        build,
        confirm,
        timings["batch"].spread(scale, "ns"),
        report,
    )


def _time_builds(rules: RuleSet) -> tuple[float, float, int]:
    """Return the least seconds to build and to confirm the table, and its bytes."""
    boxes = Boxes((Type.U32, Type.U32, Type.U16, Type.U16, Type.U8))
    lows, highs = [c.lows for c in rules.columns], [c.highs for c in rules.columns]
    builds, confirms, data = [], [], b""
    for _ in range(_BUILDS):
        start = time.thread_time()
        data = build_boxes(boxes, lows, highs, rules.owners + np.uint32(1))
        built = time.thread_time()
        confirm_boxes(boxes, lows, highs, rules.owners + np.uint32(1), data)
        builds.append(built - start)
        confirms.append(time.thread_time() - built)
    return min(builds), min(confirms), len(data)


def list_results(one: Comparison) -> Iterator[Result]:
    """Yield figures and goals: faster than librte_acl, twice its memory, its time to build."""
    note, time_goal, memory_goal, build_goal = one.spread, None, None, None
    if isinstance(one.acl, AclReport):
        note = f"{one.spread}; librte_acl {one.acl.note}"
        time_goal, memory_goal, build_goal = one.acl.nanoseconds, 2 * one.acl.memory / 1e6, one.acl.seconds
    yield Result(f"{one.name}: whole frames, one by one", one.nanoseconds, "ns/packet", note=note)
    yield Result(f"{one.name}: time, eight abreast", one.abreast, "ns/packet", time_goal)
    yield Result(f"{one.name}: memory", one.memory / 1e6, "MB", memory_goal)
    yield Result(f"{one.name}: build", one.seconds, "s", build_goal)
    yield Result(f"{one.name}: confirm", one.confirming, "s")


def print_comparisons(comparisons: Sequence[Comparison]) -> None:
    """Print one line per set, and why librte_acl is absent."""
    rows: list[tuple[str, ...]] = [
        ("", "rules", "frames", "abreast", "acl", "ratio", "MB", "acl", "build s", "confirm s", "acl")
    ]
    for one in comparisons:
        theirs, ratio = ("absent",) * 3, ""
        if isinstance(one.acl, AclReport):
            theirs = (f"{one.acl.nanoseconds:.1f}", f"{one.acl.memory / 1e6:.2f}", f"{one.acl.seconds:.3f}")
            ratio = f"{one.abreast / one.acl.nanoseconds:.2f}"
        times = (f"{one.nanoseconds:.1f}", f"{one.abreast:.1f}", theirs[0], ratio)
        building = (f"{one.seconds:.3f}", f"{one.confirming:.3f}", theirs[2])
        rows.append((one.name, f"{one.rules:,}", *times, f"{one.memory / 1e6:.2f}", theirs[1], *building))
    print("\nClassBench sets, ns per packet, memory, time to build; librte_acl with its best back end")
    print_columns(rows)
    reasons = dict.fromkeys(one.acl for one in comparisons if isinstance(one.acl, str))
    print(*(f"librte_acl: absent: {reason}" for reason in reasons), sep="\n")


def _check(name: str, answers: NDArray[np.uint32], expected: NDArray[np.uint32]) -> None:
    wrong = np.flatnonzero(answers != expected)
    assert not len(wrong), (
        f"{name}: packet {wrong[0]}: {answers[wrong[0]]}, not {expected[wrong[0]]}; {len(wrong)} are wrong"
    )


def _repeat(column: NDArray[np.unsignedinteger]) -> NDArray[np.unsignedinteger]:
    """Return the numbers, the first ones again at the end, so that they fill bursts."""
    return np.resize(column, len(column) + -len(column) % _BURST)


def measure(words: Sequence[str] = (), progress: Callable[[str], object] = print) -> list[Comparison]:
    """Compare every set whose name holds all of `words`."""
    acl = find_acl_rules()
    found = []
    for path in find_sets(words):
        found.append(compare_set(load_set(path), acl))
        progress(
            f"{found[-1].name}: {found[-1].nanoseconds:.1f} ns, eight abreast {found[-1].abreast:.1f} ns"
        )
    return found


def main(words: Sequence[str]) -> None:
    pin_to_one_core()
    print(", ".join(f"{name}: {value}" for name, value in describe_machine().items()))
    comparisons = measure(words)
    if not comparisons:
        print(f"no rule sets in {_DATA}")
        return
    print_comparisons(comparisons)
    results = [result for one in comparisons for result in list_results(one)]
    print_results("goals that are not met", [result for result in results if result.met is False])
    write_results("rulesets", results)


if __name__ == "__main__":
    main(sys.argv[1:])
