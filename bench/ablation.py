"""`make bench-ablation`: every optimization off in turn, and what that does to time and code size.

In: the sets of `bench.ablation_sets`. Each is compiled with all optimizations, with each one off, and with
none of them; all versions classify the same frames, in turn, and must answer the same. A ratio above 1 is
what the optimization buys; `=` says that the code is the same bytes without it: there is nothing to time.

    python -m bench.ablation            every set; the last one takes minutes to compile
    python -m bench.ablation W1 W2      sets whose names begin with one of these words
"""

from __future__ import annotations

import sys
import tempfile
import time
from array import array
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path

from bench.ablation_sets import FilterSet, make_sets
from bench.peers.contender import Frames, make_frames, make_results
from bench.timing import (
    Result,
    Timing,
    describe_machine,
    median_ratio,
    pin_to_one_core,
    print_columns,
    time_rounds,
    write_results,
)
from dpfc.engine import Loaded, Settings, load_program
from dpfc.language.parse import parse_file
from dpfc.names.instances import read_instances
from dpfc.optimizations import ALL, NAMES, Optimizations
from dpfc.program import build_program, compile_program
from dpfc.resolve import resolve_files
from runtime.diagnostic import Refused
from runtime.source import Source

EVERYTHING, NOTHING = "all on", "all off"

_ROUNDS = 11
_ETHERNET = 1
_MOST_APART = 200  # filters, each in code of its own: more are not tried
_NEVER = 1 << 30  # rows: instances are written out
_LEAST_ROWS = 1
_CALL_FRAMES = 1 << 18  # at most so many in one call
_AHEAD, _NO_FETCH = 8 * 8, (1 << 64) - 1  # bytes between offsets; see `runtime.load.batch`
_CACHED = 1 << 18


@dataclass(frozen=True, slots=True)
class Version:
    """One set compiled one way.

    Args:
        loaded: ready to run.
        code_bytes: of machine code.
        digest: of the machine code, the rows that are tables, and whether it fetches ahead.
    """

    loaded: Loaded
    code_bytes: int
    digest: str


@dataclass(frozen=True, slots=True)
class Cell:
    """One version, measured.

    Args:
        code_bytes: of machine code; None: refused.
        nanoseconds: per packet; None where it was not timed.
        ratio: to the version with all optimizations.
        note: the spread, or why it was not timed.
    """

    code_bytes: int | None
    nanoseconds: float | None
    ratio: float | None
    note: str


def list_versions() -> dict[str, Optimizations]:
    """Return the ways to compile, by name."""
    nothing = replace(ALL, **dict.fromkeys(NAMES, False))
    return {EVERYTHING: ALL, **{f"no {name}": ALL.without(name) for name in NAMES}, NOTHING: nothing}


def measure_set(filters: FilterSet, versions: Mapping[str, Optimizations], cache: Path) -> dict[str, Cell]:
    """Compile and time all versions of one set.

    Two versions whose code is the same bytes are timed once; `cache` has the code of earlier versions.
    """
    frames = make_frames(filters.packets, "fresh", max(1, min(16, _CALL_FRAMES // len(filters.packets))))
    built: dict[str, Version | str] = {
        name: compile_set(filters, o, frames, cache) for name, o in versions.items()
    }
    first: dict[str, str] = {}
    for name, version in built.items():
        if isinstance(version, Version):
            first.setdefault(version.digest, name)
    runs: dict[str, Callable[[], object]] = {}
    answers: dict[str, array[int]] = {}
    for name in first.values():
        version, answers[name] = built[name], make_results(frames)
        assert isinstance(version, Version)
        runs[name] = _bind(version.loaded, frames, answers[name], versions[name])
        runs[name]()
        assert answers[name] == answers[EVERYTHING], f"{filters.name}, {name}: other answers"
    timings = time_rounds(runs, _ROUNDS, time.thread_time)
    return {name: _fill(name, version, first, timings, frames) for name, version in built.items()}


def compile_set(
    filters: FilterSet, optimizations: Optimizations, frames: Frames, cache: Path
) -> Version | str:
    """Compile one set one way; a string is the reason why that cannot be done."""
    if not optimizations.merge and not optimizations.tables and filters.csv.count("\n") > _MOST_APART:
        return "takes minutes"
    rows = {filters.template: read_instances(Source("rows.csv", filters.csv))} if filters.csv else {}
    file = parse_file(Source(f"{filters.name}.dpf", filters.dpf))
    least_rows = _LEAST_ROWS if optimizations.tables else _NEVER
    resolved = resolve_files((file,), _ETHERNET, rows, least_rows)
    try:
        program = build_program(resolved.filters, "first", resolved.tables, optimizations)
        code = compile_program(program, cache, optimizations).machine_code.code
        loaded = load_program(program, Settings("first", "native", cache, optimizations))
    except Refused as refusal:
        return f"refused, {refusal.diagnostics[0].code}"
    kept = (code, [table.words for table in program.tables], _choose_ahead(frames, optimizations))
    return Version(loaded, len(code), sha256(repr(kept).encode()).hexdigest())


def _bind(
    loaded: Loaded, frames: Frames, answers: array[int], optimizations: Optimizations
) -> Callable[[], object]:
    """Return one call over all frames."""
    native = loaded.native
    assert native is not None, "the engine is native"
    data, offsets, lengths, count, results = frames.arguments(answers)
    numbers = {
        "data": data,
        "total": len(frames.memory),
        "offsets": offsets,
        "last_offset": 8 * count - 8,
        "lengths": lengths,
        "last_length": 4 * count - 4,
        "offset_stride": 8,
        "offset_mask": (1 << 64) - 1,
        "length_stride": 4,
        "answers": results,
        "count": count,
        "ahead": _choose_ahead(frames, optimizations),
    }

    def run() -> None:
        assert native.run_batch(numbers) == count, "every frame is inside the data"

    return run


def _choose_ahead(frames: Frames, optimizations: Optimizations) -> int:
    """Return how far to fetch ahead, by the rule of `runtime.load.batch`."""
    return _AHEAD if optimizations.prefetch and len(frames.memory) > _CACHED else _NO_FETCH


def _fill(
    name: str,
    version: Version | str,
    first: Mapping[str, str],
    timings: Mapping[str, Timing],
    frames: Frames,
) -> Cell:
    if isinstance(version, str):
        return Cell(None, None, None, version)
    timed = first[version.digest]
    timing = timings[timed]
    scale = 1e9 / frames.count
    ratio = 1.0 if timed == EVERYTHING else median_ratio(timing, timings[EVERYTHING])
    note = timing.spread(scale, "ns") if timed == name else f"the code of `{timed}`"
    return Cell(version.code_bytes, timing.median * scale, ratio, note)


def print_tables(cells: Mapping[str, Mapping[str, Cell]]) -> None:
    """Print, for each version down and each set across: time, ratio, code bytes."""
    names = list(next(iter(cells.values())))
    for title, show in (
        ("ns per packet", _show_time),
        (f"time over that of `{EVERYTHING}`: what the optimization buys", _show_ratio),
        ("bytes of code", _show_bytes),
    ):
        print(f"\n{title}")
        rows = [(name, *(show(name, column[name]) for column in cells.values())) for name in names]
        print_columns([("", *cells), *rows])
    print("\n`=`: the code is the same bytes as with all of them")


def _show_time(name: str, cell: Cell) -> str:
    return cell.note if cell.nanoseconds is None else f"{cell.nanoseconds:.1f}"


def _show_ratio(name: str, cell: Cell) -> str:
    if cell.ratio is None:
        return cell.note
    return "=" if EVERYTHING in cell.note else f"{cell.ratio:.2f}"


def _show_bytes(name: str, cell: Cell) -> str:
    return cell.note if cell.code_bytes is None else f"{cell.code_bytes:,}"


def list_results(cells: Mapping[str, Mapping[str, Cell]]) -> list[Result]:
    """Return the figures for `bench/results`."""
    results = []
    for column, versions in cells.items():
        for name, cell in versions.items():
            if cell.nanoseconds is not None and cell.code_bytes is not None and cell.ratio is not None:
                results += [
                    Result(f"{column}, {name}: time", cell.nanoseconds, "ns/packet", note=cell.note),
                    Result(f"{column}, {name}: ratio", cell.ratio, "", note=f"to `{EVERYTHING}`"),
                    Result(f"{column}, {name}: code", cell.code_bytes, "bytes"),
                ]
    return results


def measure(sets: Iterable[FilterSet]) -> dict[str, dict[str, Cell]]:
    """Measure all versions of `sets`, by the name of the set; say what is being done on stderr."""
    cells = {}
    with tempfile.TemporaryDirectory() as directory:
        for filters in sets:
            print(f"{filters.name} ...", file=sys.stderr)
            cells[filters.name] = measure_set(filters, list_versions(), Path(directory))
    return cells


def main(words: Sequence[str]) -> None:
    pin_to_one_core()
    print(", ".join(f"{name}: {value}" for name, value in describe_machine().items()))
    cells = measure(one for one in make_sets() if not words or one.name.startswith(tuple(words)))
    print_tables(cells)
    write_results("ablation", list_results(cells))


if __name__ == "__main__":
    main(sys.argv[1:])
