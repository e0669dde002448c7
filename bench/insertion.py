"""Filters that come and go among 100,000 others, and how long it takes to build and check so many.

In: W1's sessions. Out: microseconds per insertion and deletion, one by one and in bulk; what a filter of a
new shape takes; seconds and memory of building from a CSV file and from text; and what the proof costs for
1,000 and 100,000 filters of one shape. Classification is checked before and after each kind of change.
"""

from __future__ import annotations

import json
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import dpfc
from bench.calls import compile_scale
from bench.paper_shapes import make_port_filters
from bench.scale_dpfc import build_scale
from bench.scale_workload import Row, make_sessions, pack_frame
from bench.timing import Result, pin_to_one_core, print_results, time_rounds, write_results
from dpfc.classifier import Classifier
from dpfc.program import prove_program

LIVE = 100_000
SINGLE = 2_000
BULK = 20_000
_BULK_ROUNDS = 5
_BUILD_ROUNDS = 3
_WRITTEN = 10_000
_COLUMNS = ("src", "sport", "dst", "dport")
_TCP, _UDP = 6, 17

_SHAPES = (
    "26:32 == 10.1.2.3; 36:16 == {port}",
    "30:32 == 10.1.2.4; 34:16 == {port}",
    "23:8 == 17; 34:16 == {port}",
    "23:8 == 17; 26:32 == 10.1.2.3; 34:16 == {port}",
    "23:8 == 17; 26:32 == 10.1.2.3; 30:32 == 10.1.2.4; 36:16 == {port}",
)
"""Filters of further shapes; their frames are those of `_frame_of_shape`."""


def measure() -> tuple[Result, ...]:
    """Measure everything here."""
    sessions = make_sessions(LIVE)
    classifier = compile_scale(sessions)
    fresh = draw_sessions(max(SINGLE, BULK), set(sessions.rows))
    return (
        *measure_single(classifier, fresh[:SINGLE]),
        *measure_bulk(classifier, fresh[:BULK]),
        *measure_new_shapes(classifier),
        *_measure_prefix(),
        *_measure_building(sessions.dpf, sessions.csv_text()),
        *measure_checking(),
    )


def draw_sessions(count: int, taken: set[Row]) -> list[Row]:
    """Return different sessions that are not in `taken`."""
    chance = random.Random(count)
    found: dict[Row, None] = {}
    while len(found) < count:
        row = tuple(chance.randrange(1, (1 << bits) - 1) for bits in (32, 16, 32, 16))
        if row not in taken:
            found[row] = None
    return list(found)


def measure_single(classifier: Classifier, rows: Sequence[Row]) -> Iterator[Result]:
    """Time one call for each row: insert all, then delete all."""
    inserted: list[int | None] = []
    insert = []
    for row in rows:
        action = partial(classifier.insert_instance, "conn", **dict(zip(_COLUMNS, row)))
        insert.append(_time_call(action, inserted))
    numbers = [number for number in inserted if number is not None]
    for row, number in zip(rows, numbers, strict=True):
        assert classifier.classify(_frame(row)) == (number,), "the new filter accepts"
    delete = [_time_call(partial(classifier.delete, number), []) for number in numbers]
    for row in rows:
        assert classifier.classify(_frame(row)) == (), "the filter is gone"
    for name, calls in (("insert_instance", insert), ("delete", delete)):
        yield from _judge_calls(f"{name} into {LIVE:,}", calls)


def _judge_calls(name: str, calls: Sequence[_Call]) -> Iterator[Result]:
    """Yield median and 99th percentile. The first call is apart: it finds out what the filter means."""
    wall = sorted(call.wall for call in calls[1:])
    busy = sorted(call.busy for call in calls[1:])
    note = f"{len(wall):,} calls; the one before them {calls[0].wall:,.0f} us"
    yield Result(f"{name}, median", statistics.median(wall), "us", 50, note=note)
    note = f"{_percentile(busy):,.0f} us of processor time; slowest {wall[-1]:,.0f} us, busy {busy[-1]:,.0f}"
    yield Result(f"{name}, 99th percentile", _percentile(wall), "us", 1000, note=note)


def measure_bulk(classifier: Classifier, rows: Sequence[Row]) -> Iterator[Result]:
    """Time one call for all rows: insert, then delete; several times."""
    columns = dict(zip(_COLUMNS, map(list, zip(*rows))))
    numbers: list[range] = []
    inserts, deletes = [], []
    for _ in range(_BULK_ROUNDS):
        inserts.append(_time(lambda: numbers.append(classifier.insert_instances("conn", columns))))
        assert classifier.classify(_frame(rows[-1])) == (numbers[-1][-1],), "the new filters accept"
        deletes.append(_time(lambda: classifier.delete(*numbers[-1])))
        assert classifier.classify(_frame(rows[-1])) == (), "the filters are gone"
    for name, seconds in (("insert_instances", inserts), ("delete", deletes)):
        each = [second * 1e6 / len(rows) for second in seconds]
        note = f"{len(rows):,} in one call; {min(each):.2f} to {max(each):.2f} us"
        yield Result(f"{name} into {LIVE:,}, in bulk, each", statistics.median(each), "us", 3, note=note)


def measure_new_shapes(classifier: Classifier) -> Iterator[Result]:
    """Time filters of shapes that are not there: until they are answered, and until they are native."""
    answered, native = [], []
    for place, body in enumerate(_SHAPES):
        port = 40_000 + place
        text = f"filter shape{place} {{ 12:16 == 0x0800; {body.format(port=port)} }}"
        start = time.perf_counter()
        (number,) = classifier.insert(text)
        found = classifier.classify(_frame_of_shape(port))
        answered.append(time.perf_counter() - start)
        assert number in found, "a new shape is answered at once"
        classifier.settle()
        native.append(time.perf_counter() - start)
        assert classifier.classify(_frame_of_shape(port)) == found, "the compiled program answers the same"
        classifier.delete(number)
        classifier.settle()
    for name, seconds, goal in (("answered", answered, None), ("native", native, 150.0)):
        milliseconds = [second * 1e3 for second in seconds]
        note = f"{len(_SHAPES)} shapes; {min(milliseconds):.1f} to {max(milliseconds):.1f} ms"
        yield Result(
            f"new shape among {LIVE:,}, {name}", statistics.median(milliseconds), "ms", goal, note=note
        )


def _measure_prefix() -> Iterator[Result]:
    """Time a filter that shares all but the last atom with ten others, the paper's worst case."""
    scale = make_port_filters(10, "fixed")
    classifier = dpfc.compile(scale.dpf)
    pattern = scale.dpf.splitlines()[0].replace("port4321", "port{0}").replace("4321", "{0}")
    pattern = pattern.replace("{ 12", "{{ 12").replace(" }", " }}")
    texts = [pattern.format(port) for port in range(5000, 5000 + 50)]
    inserts = [_time(partial(classifier.insert, text)) * 1e6 for text in texts]
    note = (
        f"written out as text; {min(inserts):,.0f} to {max(inserts):,.0f} us; DPF96: 220 us on a DECstation"
    )
    yield Result("insert, all but the last atom shared", statistics.median(inserts), "us", note=note)
    classifier.settle()


def _measure_building(dpf: str, rows: str) -> Iterator[Result]:
    """Time processes that build from files; imports and start-up count."""
    with tempfile.TemporaryDirectory() as directory:
        template, table, text = (Path(directory) / name for name in ("conn.dpf", "rows.csv", "text.dpf"))
        template.write_text(dpf, encoding="utf-8")
        table.write_text(rows, encoding="utf-8")
        text.write_text(_write_out(_WRITTEN), encoding="utf-8")
        for name, arguments in (
            (f"build {LIVE:,} from CSV", (template, "conn", table)),
            (f"parse, check, compile {_WRITTEN:,} written out", (text,)),
        ):
            reports = [_build(*map(str, arguments)) for _ in range(_BUILD_ROUNDS)]
            middle = sorted(reports, key=lambda report: report.total)[len(reports) // 2]
            yield Result(name, middle.total, "s", 10, note=middle.note)
            yield Result(f"{name}, peak memory", middle.peak / 1e9, "GB", 1)


@dataclass(frozen=True, slots=True)
class _Call:
    """Microseconds of one call: on the clock, and on the processor, where no other process counts."""

    wall: float
    busy: float


@dataclass(frozen=True, slots=True)
class _Report:
    """What a process of `bench.build` says, with the time from its start to its end."""

    total: float
    peak: int
    note: str


def _build(*arguments: str) -> _Report:
    command = [sys.executable, "-m", "bench.build", *arguments]
    start = time.perf_counter()
    run = subprocess.run(command, capture_output=True, text=True, check=True, cwd=Path(__file__).parents[1])
    total = time.perf_counter() - start
    report: dict[str, Any] = json.loads(run.stdout)
    phases = ", ".join(f"{name} {seconds:.2f}" for name, seconds in report["seconds"].items())
    z3 = "z3 was loaded" if report["z3"] else "z3 was not loaded"
    return _Report(total, report["peak"], f"{report['filters']:,} filters; {phases} s; {z3}")


def measure_checking() -> Iterator[Result]:
    """Compare the proof for 1,000 filters of one shape with that for 100,000."""
    programs = {count: build_scale(make_sessions(count)) for count in (1_000, LIVE)}
    actions: dict[str, Callable[[], object]] = {
        str(count): partial(prove_program, program, None) for count, program in programs.items()
    }
    timings = time_rounds(actions, 11)
    efforts = []
    for count, program in programs.items():
        found = prove_program(program, None).statistics
        efforts.append(found)
        timing = timings[str(count)]
        note = (
            f"{found.obligations} obligations, {found.proved_by_solver} by z3, effort {found.solver_effort}; "
            f"{timing.spread(1e3, 'ms')}"
        )
        yield Result(f"check {count:,} filters of one shape", timing.median * 1e3, "ms", note=note)
    small, large = efforts
    same = (small.obligations, small.solver_effort) == (large.obligations, large.solver_effort)
    note = "obligations and z3 effort are equal" if same else "they differ"
    ratio = (large.obligations + large.solver_effort) / (small.obligations + small.solver_effort)
    yield Result(f"check, effort for {LIVE:,} / for 1,000", ratio, "", 1, note=note)


def _write_out(count: int) -> str:
    """Return as many filters of one shape, each written out."""
    lines = []
    for number, (source, sport, target, dport) in enumerate(make_sessions(count).rows):
        lines.append(
            f"filter c{number} {{ ipv4.src == {source}; ipv4.dst == {target}; "
            f"tcp.sport == {sport}; tcp.dport == {dport} }}\n"
        )
    return "".join(lines)


def _frame(row: Row) -> bytes:
    source, sport, target, dport = row
    return pack_frame(_TCP, (source, target), (sport, dport))


def _frame_of_shape(port: int) -> bytes:
    return pack_frame(_UDP, (0x0A010203, 0x0A010204), (port, port))


def _time(action: Callable[[], object]) -> float:
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def _time_call(action: Callable[[], int | None], answers: list[int | None]) -> _Call:
    """Time a call; its answer goes to `answers`."""
    wall, busy = time.perf_counter(), time.thread_time()
    answers.append(action())
    return _Call((time.perf_counter() - wall) * 1e6, (time.thread_time() - busy) * 1e6)


def _percentile(ascending: Sequence[float]) -> float:
    """Return the number that 99 in 100 do not exceed."""
    return ascending[-(-99 * len(ascending) // 100) - 1]


def main() -> None:
    pin_to_one_core()
    results = measure()
    print_results("changing, building and checking", results)
    write_results("insertion", results)


if __name__ == "__main__":
    main()
