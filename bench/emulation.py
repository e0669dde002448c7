"""Real time of the emulation: files created a second, bytes of a large file a second, and where time goes.

In: nothing; `--profile` prints where the time goes instead. Out: a table, and
bench/results/emulation.json. One core, time on the processor; the two file systems take turns.
"""

from __future__ import annotations

import cProfile
import pstats
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from time import thread_time
from typing import TypeAlias

from bench.timing import Result, Timing, pin_to_one_core, print_columns, print_results, write_results
from vm.workload import large_file, small_files
from vm.workload.rig import Configuration, FileSystemKind, Rig, make_rig
from vm.xn.types import TypeLibrary

FILES = 3_000
LARGE = 32 << 20
CREATES_GOAL = 3_000
MEGABYTES_GOAL = 50
_ROUNDS = 5
_LEAST = 0.02  # of the time: folders that take less are not shown
_KINDS: tuple[FileSystemKind, ...] = ("cffs", "ffs")
_ROOT = Path(__file__).parent.parent

Place: TypeAlias = tuple[str, int, str]
"""File, line and name of a function."""

TITLE = "the emulation in real time, on one core"


def prepare(kind: FileSystemKind, library: TypeLibrary) -> Rig:
    """Return a fresh machine."""
    return make_rig(Configuration(kind, grouping=kind == "cffs"), library)


def list_actions(rig: Rig) -> dict[str, Callable[[], None]]:
    """Return what is timed, in order; each leaves everything on the disk."""
    paths = small_files.make_directories(rig, FILES)
    rig.files.sync()
    rig.drop_caches()

    def synced(work: Callable[[], None]) -> Callable[[], None]:
        def run() -> None:
            work()
            rig.files.sync()

        return run

    def dropped(work: Callable[[], None]) -> Callable[[], None]:
        def run() -> None:
            rig.drop_caches()
            work()

        return run

    return {
        "create 1 KB": synced(lambda: small_files.create_files(rig, paths)),
        "read 1 KB": dropped(lambda: small_files.read_files(rig, paths)),
        "overwrite 1 KB": synced(lambda: small_files.overwrite_files(rig, paths)),
        "delete": synced(lambda: small_files.delete_files(rig, paths)),
        "write large": synced(lambda: large_file.write_large(rig, LARGE, "/large")),
        "read large": dropped(lambda: large_file.read_large(rig, LARGE, "/large")),
    }


def measure(library: TypeLibrary) -> list[Result]:
    """Time both file systems, in rounds; the first one is not counted."""
    seconds: dict[tuple[str, str], list[float]] = {}
    for number in range(_ROUNDS + 1):
        for kind in _KINDS:
            for name, action in list_actions(prepare(kind, library)).items():
                start = thread_time()
                action()
                if number:
                    seconds.setdefault((kind, name), []).append(thread_time() - start)
    return [_make_result(kind, name, Timing(tuple(rounds))) for (kind, name), rounds in seconds.items()]


def _make_result(kind: str, name: str, timing: Timing) -> Result:
    title = f"{'C-FFS' if kind == 'cffs' else 'FFS'}, {name}"
    slowest, fastest = max(timing.rounds), min(timing.rounds)
    if name.endswith("large"):
        size = LARGE / 1e6
        note = f"{size / slowest:.0f} to {size / fastest:.0f}"
        return Result(title, size / timing.median, "MB/s", MEGABYTES_GOAL, "at least", note)
    goal = CREATES_GOAL if name.startswith("create") else None
    note = f"{FILES / slowest:,.0f} to {FILES / fastest:,.0f}"
    return Result(title, FILES / timing.median, "files/s", goal, "at least", note)


def profile(library: TypeLibrary) -> None:
    """Print where the time goes: by folder for all actions, and by function for the creation of files.

    All has run once before: functions of templates are compiled when they are first asked.
    """
    shares: dict[str, dict[str, float]] = {}
    columns: list[str] = []
    for kind in _KINDS:
        for action in list_actions(prepare(kind, library)).values():
            action()
        for name, action in list_actions(prepare(kind, library)).items():
            columns.append(f"{kind} {name}")
            functions = profile_action(action)
            for function, seconds in functions.items():
                by_column = shares.setdefault(name_layer(function), {})
                by_column[columns[-1]] = by_column.get(columns[-1], 0) + seconds
            if name.startswith("create"):
                print_functions(columns[-1], functions)
    layers = [layer for layer, by in shares.items() if max(by.values()) >= _LEAST]
    layers.sort(key=lambda layer: -sum(shares[layer].values()))
    rows = [("share of", *layers)]
    rows += [(column, *(f"{shares[layer].get(column, 0):.0%}" for layer in layers)) for column in columns]
    print_columns(rows)


def profile_action(action: Callable[[], None]) -> dict[Place, float]:
    """Return the share of the time that each function takes itself, without those that it calls."""
    profiler = cProfile.Profile(thread_time)
    profiler.runcall(action)
    profiler.create_stats()
    own = {place: entry[2] for place, entry in pstats.Stats(profiler).stats.items()}  # type: ignore[attr-defined]
    whole = sum(own.values())
    return {place: seconds / whole for place, seconds in own.items()}


def name_layer(place: Place) -> str:
    """Return the folder that a function is in; what Python does itself is `Python`."""
    file = Path(place[0])
    inside = file.is_absolute() and file.is_relative_to(_ROOT) and not file.is_relative_to(_ROOT / ".venv")
    return "/".join(file.relative_to(_ROOT).parts[:2]) if inside else "Python"


def print_functions(title: str, functions: dict[Place, float], most: int = 25) -> None:
    """Print the functions that take the most time."""
    print(f"\n{title}: functions, each without those that it calls")
    ordered = sorted(functions.items(), key=lambda item: -item[1])[:most]
    print_columns([(name_layer(place), place[2], f"{share:.1%}") for place, share in ordered])
    print()


def main() -> int:
    """Measure, print and keep."""
    pin_to_one_core()
    cache = Path(tempfile.gettempdir()) / "xok-bench-cache"
    cache.mkdir(exist_ok=True, mode=0o700)
    library = TypeLibrary(cache)
    if "--profile" in sys.argv[1:]:
        profile(library)
        return 0
    results = measure(library)
    print_results(TITLE, results)
    write_results("emulation", results)
    return 0


if __name__ == "__main__":
    sys.exit(main())
