"""Runs as tables for people. Where a figure of the papers is not reached, they say where the time went.

In: runs of one workload. Out: lines.

Goals (ORIGINALS.md 4.5 and 5.5): small files 5 to 7 times as fast and an order of magnitude fewer requests;
single steps of the install workload up to 4 times as fast.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from vm.workload.rig import Step
from vm.workload.run import Comparison, Pair, Run, compare_steps, describe_limits, list_pairs

FASTER = 5.0
FEWER = 10.0
INSTALL_FASTER = 4.0

_NUMBER = re.compile(r"[-0-9.,%/ ]+")


def describe_small(workload: str, size: int, runs: Sequence[Run]) -> Iterator[str]:
    """Yield lines about the small-file workload: all configurations, then the pairs."""
    yield f"{workload}: {size:,} of 1 KB, 100 in a directory; files a second, and requests to the disk"
    names = [step.name for step in runs[0].steps]
    rows = [("", "metadata", *(cell for name in names for cell in (name, "requests")))]
    for run in runs:
        cells = [cell for step in run.steps for cell in (_format_rate(step), f"{step.usage.requests:,}")]
        rows.append((run.configuration.name, run.configuration.writes, *cells))
    yield from format_columns(rows)
    for pair in list_pairs(runs):
        yield from ("", pair.title)
        yield from _compare_small(pair)


def _compare_small(pair: Pair) -> Iterator[str]:
    rows = [("", "times as fast", f"goal {FASTER:.0f}", "requests", "times fewer", f"goal {FEWER:.0f}")]
    short: list[tuple[str, str, str]] = []
    for ours, theirs in pair.steps():
        found = compare_steps(ours, theirs)
        counts = f"{ours.usage.requests:,} / {theirs.usage.requests:,}"
        verdicts = (_judge(found.faster, FASTER), _judge(found.fewer, FEWER))
        rows.append(
            (found.name, f"{found.faster:.2f}", verdicts[0], counts, f"{found.fewer:.1f}", verdicts[1])
        )
        if ours.name != "total" and _is_short(found):
            short += [(ours.name, "C-FFS", describe_limits(ours)), ("", "FFS", describe_limits(theirs))]
    yield from format_columns(rows)
    if short:
        yield "  what limits them:"
        yield from format_columns(short)


def _is_short(found: Comparison) -> bool:
    return found.faster < FASTER or found.fewer < FEWER


def describe_install(workload: str, size: int, runs: Sequence[Run]) -> Iterator[str]:
    """Yield lines about the install workload: the pairs."""
    yield f"{workload}: eleven programs over a tree of {size:,} files; seconds, and requests to the disk"
    for pair in list_pairs(runs):
        yield from ("", pair.title)
        yield from _compare_install(pair)


def _compare_install(pair: Pair) -> Iterator[str]:
    rows = [
        ("", "C-FFS", "FFS", "times as fast", "requests", "times fewer", "C-FFS computes", "FFS computes")
    ]
    for ours, theirs in pair.steps():
        found = compare_steps(ours, theirs)
        rows.append(
            (
                ours.name,
                f"{ours.usage.seconds:.2f}",
                f"{theirs.usage.seconds:.2f}",
                f"{found.faster:.2f}",
                f"{ours.usage.requests:,} / {theirs.usage.requests:,}",
                f"{found.fewer:.1f}",
                f"{_share_computing(ours):.0%}",
                f"{_share_computing(theirs):.0%}",
            )
        )
    yield from format_columns(rows)
    best = max(list(pair.steps())[:-1], key=lambda both: compare_steps(*both).faster)
    faster = compare_steps(*best).faster
    verdict = "goal, up to 4: met" if faster >= INSTALL_FASTER else "goal, up to 4: NOT MET"
    yield f"  best step: {best[0].name}, {faster:.2f} times as fast ({verdict})"
    for side, step in zip(("C-FFS", "FFS"), best, strict=True):
        yield f"    {side}: {describe_limits(step)}"


def _share_computing(step: Step) -> float:
    return step.usage.computing / max(1, step.usage.elapsed)


def _format_rate(step: Step) -> str:
    return f"{step.items / step.usage.seconds:,.0f}" if step.usage.elapsed else "-"


def _judge(measured: float, goal: float) -> str:
    return "met" if measured >= goal else "NOT MET"


def format_columns(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Yield rows of cells as aligned columns: numbers to the right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = [
            cell.rjust(width) if _NUMBER.fullmatch(cell) else cell.ljust(width)
            for cell, width in zip(row, widths, strict=True)
        ]
        yield "  " + "  ".join(cells).rstrip()
