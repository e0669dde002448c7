"""Timing that can be repeated: interleaved rounds, medians, one core, and results kept as JSON.

In: named actions. Out: seconds per action, medians over rounds in which every action runs once, so that a
ratio of two of them is taken under the same conditions. A shared machine is noisy: the fastest and slowest
round are kept beside the median.
"""

from __future__ import annotations

import contextlib
import json
import os
import platform
import statistics
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal, TypeAlias

RESULTS = Path(__file__).parent / "results"

Bound: TypeAlias = Literal["at most", "at least"]


@dataclass(frozen=True, slots=True)
class Result:
    """One measured number.

    Args:
        name: what was measured.
        measured: the median.
        unit: what it counts.
        goal: what it should reach; None: only reported.
        bound: from which side.
        note: the spread, or the circumstances.
    """

    name: str
    measured: float
    unit: str
    goal: float | None = None
    bound: Bound = "at most"
    note: str = ""

    @property
    def met(self) -> bool | None:
        """Whether the goal is reached; None without a goal."""
        if self.goal is None:
            return None
        return self.measured <= self.goal if self.bound == "at most" else self.measured >= self.goal


@dataclass(frozen=True, slots=True)
class Timing:
    """Seconds of one action over all rounds."""

    rounds: tuple[float, ...]

    @property
    def median(self) -> float:
        """Seconds in the middle round."""
        return statistics.median(self.rounds)

    def spread(self, scale: float, unit: str) -> str:
        """Return the fastest and slowest round, in `unit` of `scale` to the second."""
        return f"{min(self.rounds) * scale:.3g} to {max(self.rounds) * scale:.3g} {unit}"


def time_rounds(
    actions: Mapping[str, Callable[[], object]], rounds: int, clock: Callable[[], float] = time.perf_counter
) -> dict[str, Timing]:
    """Run every action once per round, after one round that is not counted.

    Args:
        actions: what to run.
        rounds: that count.
        clock: `time.thread_time` for actions that only compute: others who have the core meanwhile then do
            not count.
    """
    seconds: dict[str, list[float]] = {name: [] for name in actions}
    for number in range(rounds + 1):
        for name, action in actions.items():
            start = clock()
            action()
            elapsed = clock() - start
            if number:
                seconds[name].append(elapsed)
    return {name: Timing(tuple(values)) for name, values in seconds.items()}


def median_ratio(left: Timing, right: Timing) -> float:
    """Return the median over rounds of left / right: neighbours in time, so that slow rounds cancel out."""
    return statistics.median(a / b for a, b in zip(left.rounds, right.rounds, strict=True))


def pin_to_one_core() -> None:
    """Stay on the last core that we may use, where the system lets us choose."""
    if hasattr(os, "sched_setaffinity"):
        with contextlib.suppress(OSError):
            os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})


def print_results(title: str, results: Iterable[Result]) -> None:
    """Print a table: name, measured, goal, met, note."""
    rows = [("", "measured", "goal", "", "")]
    for result in results:
        verdict = {None: "", True: "met", False: "NOT MET"}[result.met]
        goal = "" if result.goal is None else f"{result.bound} {result.goal:.4g} {result.unit}"
        rows.append((result.name, f"{result.measured:.4g} {result.unit}", goal, verdict, result.note))
    print(f"\n{title}")
    print_columns(rows)


def print_columns(rows: Sequence[Sequence[str]]) -> None:
    """Print rows of cells as aligned columns."""
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    for row in rows:
        line = "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        print("  " + line.rstrip())


def write_results(name: str, results: Iterable[Result]) -> None:
    """Keep the results in `bench/results/NAME.json`, with the machine that gave them."""
    content = {"machine": describe_machine(), "results": [asdict(r) | {"met": r.met} for r in results]}
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / f"{name}.json").write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


def describe_machine() -> dict[str, str | int]:
    """Return what a reader of the numbers must know of the machine."""
    return {
        "processor": _read_processor(),
        "cores": os.cpu_count() or 1,
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "python": platform.python_version(),
    }


def _read_processor() -> str:
    """Return the processor's name: `platform.processor` is empty on most Linux systems."""
    with contextlib.suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor()
